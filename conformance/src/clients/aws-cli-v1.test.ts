import { findAwsCli } from './aws-cli.ts';
import { describeGrants } from './aws-cli-grants-suite.ts';
import { describeKeyPairs } from './aws-cli-key-pairs-suite.ts';
import { describeAwsCli } from './aws-cli-suite.ts';

const cli = await findAwsCli(1);
describeAwsCli(1, cli);
describeKeyPairs(1, cli);
describeGrants(1, cli);
