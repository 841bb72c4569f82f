import { AwsError } from '../errors.ts';
import { validation } from './request.ts';

// "Multi-Region keys in AWS KMS" of the KMS Developer Guide; ReplicateKey and UpdatePrimaryRegion of the API Reference.

/**
 * ReplicateKey, or UpdatePrimaryRegion, of a key that is no primary. The rotation of a replica, which is its primary's to
 * change, is refused with the same text: AWS's wording for that is not known.
 */
export function notPrimaryKey(arn: string): AwsError {
  return new AwsError('UnsupportedOperationException', `${arn} is not a multi-region primary key.`);
}

/** The Region has a related key already; AWS's wording is not known. */
export function replicaExists(arn: string): AwsError {
  return new AwsError('AlreadyExistsException', `A key with the ARN ${arn} already exists`);
}

/** ReplicateKey into the primary key's own Region; AWS's wording is not known. */
export function replicaRegionIsPrimary(region: string): AwsError {
  return validation(`ReplicaRegion ${region} is the Region of the primary key.`);
}

/** ReplicateKey into another partition; AWS's wording is not known. */
export function replicaRegionInOtherPartition(region: string, partition: string): AwsError {
  return validation(`ReplicaRegion ${region} is not in the partition ${partition} of the primary key.`);
}

/** UpdatePrimaryRegion to where the primary key is; AWS's wording is not known. */
export function alreadyPrimaryRegion(region: string): AwsError {
  return validation(`PrimaryRegion ${region} is the Region of the primary key already.`);
}
