import { findAwsCli } from './aws-cli.ts';
import { describeGrants } from './aws-cli-grants-suite.ts';
import { describeKeyPairs } from './aws-cli-key-pairs-suite.ts';
import { describeAwsCli } from './aws-cli-suite.ts';

const cli = await findAwsCli(2);
describeAwsCli(2, cli);
describeKeyPairs(2, cli);
describeGrants(2, cli);
