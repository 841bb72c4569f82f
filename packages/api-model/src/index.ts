export { AwsError } from './errors.ts';
