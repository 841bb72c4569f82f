import type { KeyAddress } from './kms-key.ts';

/** The partition that a Region belongs to, as ARNs spell it ("Amazon Resource Names", AWS General Reference). */
export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  if (region.startsWith('us-gov-')) return 'aws-us-gov';
  return 'aws';
}

export function keyArn(accountId: string, region: string, keyId: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${accountId}:key/${keyId}`;
}

export function aliasArn(accountId: string, region: string, aliasName: string): string {
  return `arn:${partitionOf(region)}:kms:${region}:${accountId}:${aliasName}`;
}

const keyArnPattern = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):key\/([a-z0-9-]+)$/;

/** What `keyArn` was made from; undefined for any other text. */
export function parseKeyArn(arn: string): KeyAddress | undefined {
  const [, region, accountId, keyId] = keyArnPattern.exec(arn) ?? [];
  if (region === undefined || accountId === undefined || keyId === undefined) return undefined;
  return { accountId, region, keyId };
}
