import { findAwsCli } from './aws-cli.ts';
import { describeAwsCli } from './aws-cli-suite.ts';

describeAwsCli(2, await findAwsCli(2));
