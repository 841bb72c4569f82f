import { generateKeyPairSync } from 'node:crypto';
import { defaultKeyPolicy } from '@keyhaven/policy';
import type { KMS } from '@aws-sdk/client-kms';
import type { DecisionCase } from '../decision-case.ts';

type Input = Readonly<Record<string, unknown>>;

/** Calls the SDK's method for an operation, named as AWS names it. */
export async function callOperation(client: KMS, operation: string, input: Input): Promise<Input> {
  const method = Reflect.get(client, operation.charAt(0).toLowerCase() + operation.slice(1)) as
    ((input: Input) => Promise<Input>) | undefined;
  if (method === undefined) throw new Error(`the SDK has no operation ${operation}`);
  return method.call(client, input);
}

const message = new Uint8Array(32).fill(7);

/** Somebody else's public key on P-256, for an agreement. */
const peer = generateKeyPairSync('ec', {
  namedCurve: 'prime256v1',
  publicKeyEncoding: { format: 'der', type: 'spki' },
  privateKeyEncoding: { format: 'der', type: 'pkcs8' },
}).publicKey;

type KeyKind = NonNullable<NonNullable<DecisionCase['key']>['kind']>;

/** What CreateKey is asked for, by the table's kind of key. */
export const keyKinds: Readonly<Record<KeyKind, Input>> = {
  symmetric: {},
  'RSA encryption': { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' },
  'RSA signing': { KeySpec: 'RSA_2048', KeyUsage: 'SIGN_VERIFY' },
  'ECC signing': { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' },
  'ECC agreement': { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' },
  HMAC: { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' },
};

/** What the operations need beside what a case says; a case's own members win. */
const needed: Readonly<Record<string, Input>> = {
  Encrypt: { Plaintext: message },
  GenerateDataKeyPair: { KeyPairSpec: 'ECC_NIST_P256' },
  GenerateDataKeyPairWithoutPlaintext: { KeyPairSpec: 'ECC_NIST_P256' },
  GenerateMac: { Message: message, MacAlgorithm: 'HMAC_SHA_256' },

  DeriveSharedSecret: { KeyAgreementAlgorithm: 'ECDH', PublicKey: peer },
};

/** Operations that name no key. */
const withoutKey = new Set(['CreateKey', 'ListKeys', 'ListAliases', 'GenerateRandom', 'ListRetirableGrants']);

/** The input of the case's request; blobs are made beforehand, by the account's root user. */
export async function inputOf(
  one: DecisionCase,
  key: { readonly arn: string; readonly accountId: string },
  root: KMS,
): Promise<Input> {
  const { operation, input = {}, keyNamedBy } = one.request;
  const named = {
    alias: 'alias/test',
    'alias ARN': `arn:aws:kms:us-east-1:${key.accountId}:alias/test`,
    ARN: key.arn,
  }[keyNamedBy ?? 'ARN'];
  if (withoutKey.has(operation))
    return { ...(operation === 'GenerateRandom' ? { NumberOfBytes: 8 } : {}), ...input };
  if (operation.endsWith('Alias')) return aliasInput(operation, key.arn, input);
  if (operation === 'ReEncrypt') return { ...(await reEncryptInput(input, named, root)), ...input };
  if (operation === 'Decrypt')
    return { KeyId: named, ...(await decryptInput(input, key.arn, root)), ...input };
  if (operation === 'GenerateDataKey' || operation === 'GenerateDataKeyWithoutPlaintext')
    return {
      KeyId: named,
      ...(input['NumberOfBytes'] === undefined ? { KeySpec: 'AES_256' } : {}),
      ...input,
    };
  const made = await madeBefore(one, key.arn, root);
  const policy = operation === 'PutKeyPolicy' ? { Policy: defaultKeyPolicy(key.accountId) } : {};
  return { KeyId: named, ...needed[operation], ...policy, ...made, ...input };
}

/** What only the key itself can make: a signature or a MAC to verify. */
async function madeBefore({ key, request }: DecisionCase, KeyId: string, root: KMS): Promise<Input> {
  const { operation, input = {} } = request;
  if (operation === 'Sign' || operation === 'Verify') {
    const SigningAlgorithm = key?.kind === 'RSA signing' ? 'RSASSA_PSS_SHA_256' : 'ECDSA_SHA_256';
    const signing = { Message: message, SigningAlgorithm, ...input };
    if (operation === 'Sign') return signing;
    const { Signature } = await callOperation(root, 'Sign', { KeyId, ...signing });
    return { ...signing, Signature };
  }
  if (operation !== 'VerifyMac') return {};
  const making = { Message: message, MacAlgorithm: 'HMAC_SHA_256', ...input };
  const { Mac } = await callOperation(root, 'GenerateMac', { KeyId, ...making });
  return { ...making, Mac };
}

function aliasInput(operation: string, arn: string, input: Input): Input {
  const AliasName = 'alias/test';
  return operation === 'DeleteAlias' ? { AliasName, ...input } : { AliasName, TargetKeyId: arn, ...input };
}

async function decryptInput(input: Input, KeyId: string, root: KMS): Promise<Input> {
  const { EncryptionContext, EncryptionAlgorithm } = input;
  const made = await callOperation(root, 'Encrypt', {
    KeyId,
    Plaintext: message,
    ...(EncryptionContext === undefined ? {} : { EncryptionContext }),
    ...(EncryptionAlgorithm === undefined ? {} : { EncryptionAlgorithm }),
  });
  return { CiphertextBlob: made['CiphertextBlob'] };
}

async function reEncryptInput(input: Input, named: string, root: KMS): Promise<Input> {
  const { SourceEncryptionContext: EncryptionContext } = input;
  const made = await callOperation(root, 'Encrypt', {
    KeyId: named,
    Plaintext: message,
    ...(EncryptionContext === undefined ? {} : { EncryptionContext }),
  });
  return { CiphertextBlob: made['CiphertextBlob'], SourceKeyId: named, DestinationKeyId: named };
}
