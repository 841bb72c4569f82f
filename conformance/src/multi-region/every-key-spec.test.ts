import {
  CreateKeyCommand,
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateMacCommand,
  GetPublicKeyCommand,
  type KeyMetadata,
  KeySpec,
  type KeyUsageType,
  type KMSClient,
  KMSServiceException,
  ReplicateKeyCommand,
  SignCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';
import { describe, expect, it } from 'vitest';
import { useThreeRegions } from './regions.ts';

const kms = useThreeRegions();
const Message = Buffer.from('message');

/** A key in a Region. */
interface Party {
  readonly client: KMSClient;
  readonly KeyId: string;
}

/** Does something with one key and undoes or checks it with the other; answers whether the two fit together. */
type Exchange = (one: Party, other: Party, metadata: KeyMetadata) => Promise<boolean>;

const equal = (one: Uint8Array | undefined, other: Uint8Array | undefined) =>
  one !== undefined && other !== undefined && Buffer.compare(one, other) === 0;

const encrypts: Exchange = async (one, other, { EncryptionAlgorithms = [] }) => {
  const EncryptionAlgorithm = EncryptionAlgorithms[0];
  const encrypt = new EncryptCommand({ KeyId: one.KeyId, Plaintext: Message, EncryptionAlgorithm });
  const { CiphertextBlob } = await one.client.send(encrypt);
  const decrypt = new DecryptCommand({ KeyId: other.KeyId, CiphertextBlob, EncryptionAlgorithm });
  return equal((await other.client.send(decrypt)).Plaintext, Message);
};

const signs: Exchange = async (one, other, { SigningAlgorithms = [] }) => {
  const SigningAlgorithm = SigningAlgorithms[0];
  const { Signature } = await one.client.send(
    new SignCommand({ KeyId: one.KeyId, Message, SigningAlgorithm }),
  );
  const verify = new VerifyCommand({ KeyId: other.KeyId, Message, SigningAlgorithm, Signature });
  return (await other.client.send(verify)).SignatureValid === true;
};

const makesMacs: Exchange = async (one, other, { MacAlgorithms = [] }) => {
  const MacAlgorithm = MacAlgorithms[0];
  const { Mac } = await one.client.send(new GenerateMacCommand({ KeyId: one.KeyId, Message, MacAlgorithm }));
  const verify = new VerifyMacCommand({ KeyId: other.KeyId, Message, MacAlgorithm, Mac });
  return (await other.client.send(verify)).MacValid === true;
};

/** What both derive from one public key is the same only where they hold the same private key. */
const agrees: Exchange = async (one, other, { KeyAgreementAlgorithms = [] }) => {
  const KeyAgreementAlgorithm = KeyAgreementAlgorithms[0];
  const { PublicKey } = await one.client.send(new GetPublicKeyCommand({ KeyId: one.KeyId }));
  const [mine, theirs] = await Promise.all(
    [one, other].map(({ client, KeyId }) =>
      client.send(new DeriveSharedSecretCommand({ KeyId, KeyAgreementAlgorithm, PublicKey })),
    ),
  );
  return equal(mine?.SharedSecret, theirs?.SharedSecret);
};

const encapsulates: Exchange = async (one, other, { EncapsulationAlgorithms = [] }) => {
  const EncapsulationAlgorithm = EncapsulationAlgorithms[0];
  const encapsulate = new EncapsulateCommand({ KeyId: one.KeyId, EncapsulationAlgorithm });
  const { SharedSecret, SharedSecretCiphertextBlob } = await one.client.send(encapsulate);
  const decapsulate = { KeyId: other.KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob };
  return equal(SharedSecret, (await other.client.send(new DecapsulateCommand(decapsulate))).SharedSecret);
};

const exchanges: Readonly<Record<KeyUsageType, Exchange>> = {
  ENCRYPT_DECRYPT: encrypts,
  SIGN_VERIFY: signs,
  GENERATE_VERIFY_MAC: makesMacs,
  KEY_AGREEMENT: agrees,
  ENCAPSULATE_DECAPSULATE: encapsulates,
};

function usagesOf(spec: KeySpec): readonly KeyUsageType[] {
  if (spec === 'SYMMETRIC_DEFAULT') return ['ENCRYPT_DECRYPT'];
  if (spec.startsWith('RSA')) return ['ENCRYPT_DECRYPT', 'SIGN_VERIFY'];
  if (spec.startsWith('ECC_NIST_P')) return ['SIGN_VERIFY', 'KEY_AGREEMENT'];
  if (spec.startsWith('HMAC')) return ['GENERATE_VERIFY_MAC'];
  if (spec.startsWith('ML_KEM')) return ['ENCAPSULATE_DECAPSULATE'];
  return spec === 'SM2' ? ['ENCRYPT_DECRYPT', 'SIGN_VERIFY', 'KEY_AGREEMENT'] : ['SIGN_VERIFY'];
}

const kinds = Object.values(KeySpec).flatMap((spec) => usagesOf(spec).map((usage) => [spec, usage] as const));
/** SM2 is in the Regions of China alone. */
const regionsOf = (spec: KeySpec) =>
  spec === 'SM2' ? (['cn-north-1', 'cn-northwest-1'] as const) : (['eu-west-2', 'us-east-1'] as const);

/** A primary key and its replica. */
async function replicated(spec: KeySpec, usage: KeyUsageType) {
  const [home, away] = regionsOf(spec);
  const [one, other] = [kms.service.client({ region: home }), kms.service.client({ region: away })];
  const { KeyMetadata } = await one.send(
    new CreateKeyCommand({ KeySpec: spec, KeyUsage: usage, MultiRegion: true }),
  );
  const KeyId = KeyMetadata?.KeyId ?? '';
  const { ReplicaKeyMetadata } = await one.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: away }));
  await kms.settle();
  return {
    primary: { client: one, KeyId },
    replica: { client: other, KeyId },
    metadata: ReplicaKeyMetadata ?? { KeyId },
  };
}

describe('A multi-Region key', () => {
  it.each(kinds)('of %s for %s does in each Region what the other Region undoes', async (spec, usage) => {
    const { primary, replica, metadata } = await replicated(spec, usage);
    expect(metadata).toMatchObject({ KeySpec: spec, KeyUsage: usage, MultiRegion: true });
    expect(await exchanges[usage](primary, replica, metadata)).toBe(true);
    expect(await exchanges[usage](replica, primary, metadata)).toBe(true);
  });

  it.each(kinds)('of %s for %s does not undo what another such key did', async (spec, usage) => {
    const [mine, theirs] = [await replicated(spec, usage), await replicated(spec, usage)];
    const fits = await exchanges[usage](mine.primary, theirs.replica, mine.metadata).catch(
      (error: unknown) => {
        expect(error).toBeInstanceOf(KMSServiceException);
        return false;
      },
    );
    expect(fits).toBe(false);
  });
});
