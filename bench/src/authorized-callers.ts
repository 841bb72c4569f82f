import { ask } from './key-rows.ts';
import { runLoad, type Target } from './load.ts';
import { type AccessKey, signedRequest } from './signed-request.ts';

/** The development account, whose root user signs with `test`. */
export const accountId = '000000000000';

interface BenchUser {
  readonly name: string;
  readonly accessKey: AccessKey;
}

const user = (name: string): BenchUser => ({
  name,
  accessKey: { id: `AKIA${name.toUpperCase()}BENCH00`, secret: `secret of ${name}` },
});

/** Let in by the last of ten managed policies. */
export const permittedUser = user('permitted');
/** Let in by nothing but a grant. */
export const grantedUser = user('granted');

const arnOf = ({ name }: BenchUser): string => `arn:aws:iam::${accountId}:user/${name}`;

const managedPolicies = 10;
/** "Managed policies", IAM quotas: characters that are not white space. */
const mostManagedCharacters = 6144;
const grants = 1000;

/** A policy as large as it may be, of statements about other resources; `last` is added to them. */
function managedDocument(index: number, last: readonly object[]): object {
  const other = (n: number) => ({
    Sid: `Other${index}x${n}`,
    Effect: n % 5 === 0 ? 'Deny' : 'Allow',
    Action: ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey*'],
    Resource: `arn:aws:kms:*:${accountId}:key/${String(index)}-${String(n)}-*`,
    Condition: { StringEquals: { 'kms:EncryptionContext:purpose': `other-${n}` } },
  });
  const statements: object[] = [...last];
  for (let n = 0; ; n++) {
    const next = { Version: '2012-10-17', Statement: [...statements, other(n)] };
    if (JSON.stringify(next).length > mostManagedCharacters)
      return { Version: '2012-10-17', Statement: statements };
    statements.unshift(other(n));
  }
}

const encryptAll = {
  Sid: 'EncryptAll',
  Effect: 'Allow',
  Action: 'kms:Encrypt',
  Resource: '*',
  Condition: { StringEquals: { 'kms:EncryptionContext:purpose': 'bench' } },
};

/** The two users and the ten policies, as a seed file. */
export function seedText(): string {
  const names = Array.from({ length: managedPolicies }, (_, index) => `bench-${index}`);
  return JSON.stringify({
    accounts: [
      {
        id: accountId,
        policies: names.map((name, index) => ({
          name,
          document: managedDocument(index, index === managedPolicies - 1 ? [encryptAll] : []),
        })),
        users: [
          { name: permittedUser.name, policies: names, accessKeys: [seedKey(permittedUser)] },
          { name: grantedUser.name, accessKeys: [seedKey(grantedUser)] },
        ],
      },
    ],
  });
}

function seedKey({ accessKey: { id, secret } }: BenchUser): object {
  return { accessKeyId: id, secretAccessKey: secret };
}

async function createKey(target: Target, input: object): Promise<string> {
  const { KeyMetadata } = await ask(target, 'CreateKey', input, '"KeyMetadata"');
  return (KeyMetadata as { readonly KeyId: string }).KeyId;
}

export function createLightKey(target: Target): Promise<string> {
  return createKey(target, {});
}

/** A key with a policy as large as it may be and a thousand grants, of which one lets a user in. */
export async function createHeavyKey(target: Target): Promise<string> {
  const keyId = await createKey(target, { Policy: largeKeyPolicy() });
  let left = grants;
  // One after the other: each is a change of the same key.
  await runLoad(target, 1, () => {
    if (left-- <= 0) return undefined;
    const isLast = left === 0;
    const body = {
      KeyId: keyId,
      GranteePrincipal: isLast ? arnOf(grantedUser) : `arn:aws:iam::${accountId}:root`,
      Operations: isLast ? ['Encrypt'] : ['Decrypt'],
      Constraints: { EncryptionContextSubset: isLast ? { purpose: 'bench' } : { n: String(left) } },
    };
    return { request: signedRequest(target.port, 'CreateGrant', JSON.stringify(body)), expect: '"GrantId"' };
  });
  return keyId;
}

/** "Key policy document size", KMS quotas. */
const mostKeyPolicyBytes = 32_768;

function largeKeyPolicy(): string {
  const delegation = {
    Sid: 'Delegate',
    Effect: 'Allow',
    Principal: { AWS: accountId },
    Action: 'kms:*',
    Resource: '*',
  };
  const statements: object[] = [delegation];
  for (let n = 0; ; n++) {
    const other = {
      Sid: `Other ${n}`,
      Effect: n % 5 === 0 ? 'Deny' : 'Allow',
      Principal: { AWS: arnOf(permittedUser) },
      Action: ['kms:Encrypt', 'kms:Decrypt'],
      Resource: '*',
      Condition: { StringEquals: { 'kms:EncryptionContext:purpose': `other-${n}` } },
    };
    const next = JSON.stringify({ Version: '2012-10-17', Statement: [...statements, other] });
    if (next.length > mostKeyPolicyBytes)
      return JSON.stringify({ Version: '2012-10-17', Statement: statements });
    statements.push(other);
  }
}
