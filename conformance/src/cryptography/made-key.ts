import {
  CreateAliasCommand,
  CreateKeyCommand,
  DescribeKeyCommand,
  PutKeyPolicyCommand,
  RotateKeyOnDemandCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';

export const accountId = '000000000000';
export const region = 'eu-west-2';
export const rootArn = `arn:aws:iam::${accountId}:root`;

/** A symmetric encryption key with an alias, by all four names that it has. */
export interface MadeKey {
  readonly id: string;
  readonly arn: string;
  readonly alias: string;
  readonly aliasArn: string;
  readonly materialId: string;
}

let aliases = 0;

export async function makeKey(client: KMSClient): Promise<MadeKey> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const id = KeyMetadata?.KeyId ?? '';
  const arn = KeyMetadata?.Arn ?? '';
  const alias = `alias/made-${++aliases}`;
  await client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: id }));
  const aliasArn = arn.replace(/key\/.*$/, alias);
  return { id, arn, alias, aliasArn, materialId: await currentMaterialOf(client, id) };
}

export async function currentMaterialOf(client: KMSClient, keyId: string): Promise<string> {
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
  return KeyMetadata?.CurrentKeyMaterialId ?? '';
}

/** Rotates the key and answers the id of the key material that is current from now on. */
export async function rotate(client: KMSClient, keyId: string): Promise<string> {
  await client.send(new RotateKeyOnDemandCommand({ KeyId: keyId }));
  return currentMaterialOf(client, keyId);
}

/** The four forms of a key's name, as rows for `it.each`. */
export const namesOf = ({ id, arn, alias, aliasArn }: MadeKey): readonly string[] => [
  id,
  arn,
  alias,
  aliasArn,
];

/** Leaves the root only the given actions, such as `kms:DescribeKey`; `effect` is how the others are refused. */
export async function restrictTo(
  client: KMSClient,
  keyId: string,
  allowed: readonly string[],
  denied: readonly string[] = [],
): Promise<void> {
  const statement = (Effect: string, Action: readonly string[]) => ({
    Effect,
    Principal: { AWS: rootArn },
    Action,
    Resource: '*',
  });
  const Statement = [statement('Allow', [...allowed, 'kms:PutKeyPolicy'])];
  if (denied.length > 0) Statement.push(statement('Deny', denied));
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  await client.send(new PutKeyPolicyCommand({ KeyId: keyId, Policy, BypassPolicyLockoutSafetyCheck: true }));
}

/** What AWS says to a caller whom a key policy does not allow an action. */
export function deniedText(action: string, resourceArn: string): string {
  return (
    `User: ${rootArn} is not authorized to perform: ${action} on resource: ${resourceArn} ` +
    `because no resource-based policy allows the ${action} action`
  );
}

/** One text for a ciphertext whose key is unknown, destroyed, elsewhere or forbidden. */
export const unknownCiphertextKey = {
  name: 'AccessDeniedException',
  message:
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
  status: 400,
};
export const invalidCiphertext = { name: 'InvalidCiphertextException', message: '', status: 400 };
export const incorrectKey = {
  name: 'IncorrectKeyException',
  message: 'The key ID in the request does not identify a CMK that can perform this operation.',
  status: 400,
};
export const dryRunSucceeded = {
  name: 'DryRunOperationException',
  message: 'The request would have succeeded, but the DryRun option is set.',
  status: 400,
};
export const invalidGrantToken = { name: 'InvalidGrantTokenException', status: 400 };

export function invalid(...constraints: readonly string[]): {
  name: string;
  message: string;
  status: number;
} {
  const count = constraints.length === 1 ? '1 validation error' : `${constraints.length} validation errors`;
  return {
    name: 'ValidationException',
    message: `${count} detected: ${constraints.join('; ')}`,
    status: 400,
  };
}

export const tooLong = (path: string, most: number) =>
  invalid(
    `Value at '${path}' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
export const tooShort = (path: string) =>
  invalid(
    `Value at '${path}' failed to satisfy constraint: Member must have length greater than or equal to 1`,
  );
export const missing = (path: string) =>
  invalid(`Value null at '${path}' failed to satisfy constraint: Member must not be null`);
