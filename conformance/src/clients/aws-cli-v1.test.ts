import { findAwsCli } from './aws-cli.ts';
import { describeKeyPairs } from './aws-cli-key-pairs-suite.ts';
import { describeAwsCli } from './aws-cli-suite.ts';

const cli = await findAwsCli(1);
describeAwsCli(1, cli);
describeKeyPairs(1, cli);
