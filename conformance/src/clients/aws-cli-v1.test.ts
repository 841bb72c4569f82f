import { findAwsCli } from './aws-cli.ts';
import { describeAwsCli } from './aws-cli-suite.ts';

describeAwsCli(1, await findAwsCli(1));
