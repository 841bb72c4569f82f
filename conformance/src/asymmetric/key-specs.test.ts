import {
  CreateKeyCommand,
  DescribeKeyCommand,
  GetPublicKeyCommand,
  type KeyMetadata,
} from '@aws-sdk/client-kms';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { membersOf } from '../kms/kms-under-test.ts';
import { asymmetricKinds, hasOlderName, type KeyKind, keyKinds } from './key-kinds.ts';
import { bytes, useKeys } from './keys-under-test.ts';

const keys = useKeys();

/** The member of KeyMetadata that lists the algorithms of each usage. */
const listOf: Readonly<Record<string, string>> = {
  ENCRYPT_DECRYPT: 'EncryptionAlgorithms',
  SIGN_VERIFY: 'SigningAlgorithms',
  GENERATE_VERIFY_MAC: 'MacAlgorithms',
  KEY_AGREEMENT: 'KeyAgreementAlgorithms',
  ENCAPSULATE_DECAPSULATE: 'EncapsulationAlgorithms',
};
const lists = Object.values(listOf);

/** What the public key of each key spec is: its type by Node's name, and its size. */
const publicKeys: Readonly<Record<string, readonly [string, object]>> = {
  RSA_2048: ['rsa', { modulusLength: 2048, publicExponent: 65537n }],
  RSA_3072: ['rsa', { modulusLength: 3072, publicExponent: 65537n }],
  RSA_4096: ['rsa', { modulusLength: 4096, publicExponent: 65537n }],
  ECC_NIST_P256: ['ec', { namedCurve: 'prime256v1' }],
  ECC_NIST_P384: ['ec', { namedCurve: 'secp384r1' }],
  ECC_NIST_P521: ['ec', { namedCurve: 'secp521r1' }],
  ECC_SECG_P256K1: ['ec', { namedCurve: 'secp256k1' }],
  ECC_NIST_EDWARDS25519: ['ed25519', {}],
  ML_DSA_44: ['ml-dsa-44', {}],
  ML_DSA_65: ['ml-dsa-65', {}],
  ML_DSA_87: ['ml-dsa-87', {}],
  ML_KEM_512: ['ml-kem-512', {}],
  ML_KEM_768: ['ml-kem-768', {}],
  ML_KEM_1024: ['ml-kem-1024', {}],
};

const described = ({ KeyMetadata }: { readonly KeyMetadata?: KeyMetadata | undefined }): KeyMetadata => {
  if (KeyMetadata === undefined) throw new Error('the reply lacks KeyMetadata');
  return KeyMetadata;
};
const create = async ({ KeySpec, KeyUsage }: KeyKind) =>
  described(await keys.client.send(new CreateKeyCommand({ KeySpec, KeyUsage })));
const spkiOf = (key: KeyObject) => key.export({ format: 'der', type: 'spki' });

describe.each(keyKinds)('a key of $KeySpec for $KeyUsage', (kind) => {
  const { KeySpec, KeyUsage, algorithms } = kind;

  it('is Enabled once it is made, and lists the algorithms of its usage and no others', async () => {
    const metadata = await create(kind);
    expect(metadata).toMatchObject({
      KeySpec,
      KeyUsage,
      KeyState: 'Enabled',
      Enabled: true,
      Origin: 'AWS_KMS',
      MultiRegion: false,
    });
    if (hasOlderName(KeySpec)) expect(metadata).toHaveProperty('CustomerMasterKeySpec', KeySpec);
    else expect(metadata).not.toHaveProperty('CustomerMasterKeySpec');
    const member = listOf[KeyUsage] ?? '';
    expect(metadata[member as keyof typeof metadata]).toEqual(algorithms);
    expect(Object.keys(metadata).filter((name) => lists.includes(name))).toEqual([member]);
  });

  it('is described as it was when it was made', async () => {
    const metadata = await create(kind);
    const again = await keys.client.send(new DescribeKeyCommand({ KeyId: metadata.KeyId }));
    expect(described(again)).toEqual(metadata);
  });
});

describe.each(asymmetricKinds)('the public key of $KeySpec for $KeyUsage', (kind) => {
  const { KeySpec, KeyUsage, algorithms } = kind;

  it('comes with the key spec, the usage and the algorithms of the usage', async () => {
    const { id: KeyId, arn } = await keys.key(KeySpec, KeyUsage);
    const reply = membersOf(await keys.client.send(new GetPublicKeyCommand({ KeyId })));
    expect(reply).toEqual({
      KeyId: arn,
      PublicKey: expect.any(Uint8Array) as Uint8Array,
      ...(hasOlderName(KeySpec) ? { CustomerMasterKeySpec: KeySpec } : {}),
      KeySpec,
      KeyUsage,
      [listOf[KeyUsage] ?? '']: algorithms,
    });
  });

  it('is a SubjectPublicKeyInfo in DER, with nothing after it, of that type and size', async () => {
    const der = await keys.publicDer(await keys.key(KeySpec, KeyUsage));
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    expect(spkiOf(key).equals(der)).toBe(true);
    const [type, details] = publicKeys[KeySpec] ?? [];
    expect(key.asymmetricKeyType).toBe(type);
    expect(key.asymmetricKeyDetails).toMatchObject(details ?? {});
  });

  it('is the same every time, and another for another key', async () => {
    const [first, other] = await Promise.all([keys.key(KeySpec, KeyUsage), create(kind)]);
    const [once, again, others] = await Promise.all(
      [first.id, first.arn, other.KeyId].map(async (KeyId) =>
        bytes((await keys.client.send(new GetPublicKeyCommand({ KeyId }))).PublicKey),
      ),
    );
    expect(again).toEqual(once);
    expect(others).not.toEqual(once);
  });
});

describe('an asymmetric key', () => {
  it.each(asymmetricKinds.filter(({ KeySpec }) => KeySpec.endsWith('2048') || KeySpec.endsWith('P256')))(
    'tells no key material id: $KeySpec for $KeyUsage',
    async (kind) => {
      expect(await create(kind)).not.toHaveProperty('CurrentKeyMaterialId');
    },
  );
});
