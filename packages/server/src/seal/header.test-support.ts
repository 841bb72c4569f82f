import { Secret } from '@keyhaven/crypto';
import type { SealDescription } from './providers.ts';
import type { HeaderParts, RootKey } from './seal-header.ts';
import { installationId, lowCost } from './seal.test-support.ts';

const base64 = (bytes: number, value: number) => Buffer.alloc(bytes, value).toString('base64');

/** One seal of each kind, with every member that it can have. */
export const seals: readonly SealDescription[] = [
  { kind: 'file', parameters: {} },
  { kind: 'passphrase', parameters: { salt: base64(32, 5), ...lowCost } },
  {
    kind: 'shamir',
    parameters: { setId: '7K3MQ8ZP', threshold: 2, digests: [base64(32, 1), base64(32, 2), base64(32, 3)] },
  },
  {
    kind: 'kms',
    parameters: {
      keyId: 'arn:aws:kms:eu-west-2:000000000000:key/11111111-2222-3333-4444-555555555555',
      region: 'eu-west-2',
      endpoint: 'https://kms.example.com:4599',
      caFile: '/etc/keyhaven/ca.pem',
      encryptedSealingKey: base64(184, 4),
    },
  },
];

/** What a header in the middle of a root key rotation is composed of; sealed with a passphrase unless told. */
export function headerParts(kind: SealDescription['kind'] = 'passphrase'): HeaderParts {
  const seal = seals.find((one) => one.kind === kind);
  if (seal === undefined) throw new Error(`no seal of kind ${kind}`);
  const rootKeys: readonly RootKey[] = [
    { id: 'a1'.repeat(16), status: 'current', key: Secret.random(32) },
    { id: 'b2'.repeat(16), status: 'incoming', key: Secret.random(32) },
  ];
  return { installationId, seal, sealingKey: Secret.random(32), rootKeys };
}
