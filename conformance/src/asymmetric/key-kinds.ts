import type { KeySpec, KeyUsageType, SigningAlgorithmSpec } from '@aws-sdk/client-kms';

/** One way in which a KMS key can be made: "Key spec reference", KMS Developer Guide. */
export interface KeyKind {
  readonly KeySpec: KeySpec;
  readonly KeyUsage: KeyUsageType;
  /** The algorithms in the order in which AWS lists them. */
  readonly algorithms: readonly string[];
}

const rsaSpecs = ['RSA_2048', 'RSA_3072', 'RSA_4096'] as const;

const rsaSigning = [
  'RSASSA_PKCS1_V1_5_SHA_256',
  'RSASSA_PKCS1_V1_5_SHA_384',
  'RSASSA_PKCS1_V1_5_SHA_512',
  'RSASSA_PSS_SHA_256',
  'RSASSA_PSS_SHA_384',
  'RSASSA_PSS_SHA_512',
];

const ecdsaOf = {
  ECC_NIST_P256: 'ECDSA_SHA_256',
  ECC_NIST_P384: 'ECDSA_SHA_384',
  ECC_NIST_P521: 'ECDSA_SHA_512',
} as const;

type Row = readonly [KeySpec, KeyUsageType, readonly string[]];

const table: readonly Row[] = [
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', ['SYMMETRIC_DEFAULT']],
  ...rsaSpecs.flatMap((spec): Row[] => [
    [spec, 'ENCRYPT_DECRYPT', ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']],
    [spec, 'SIGN_VERIFY', rsaSigning],
  ]),
  ...Object.entries(ecdsaOf).flatMap(([spec, ecdsa]): Row[] => [
    [spec as KeySpec, 'SIGN_VERIFY', [ecdsa]],
    [spec as KeySpec, 'KEY_AGREEMENT', ['ECDH']],
  ]),
  ['ECC_SECG_P256K1', 'SIGN_VERIFY', ['ECDSA_SHA_256']],
  ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', ['ED25519_SHA_512', 'ED25519_PH_SHA_512']],
  ...(['224', '256', '384', '512'] as const).map((bits): Row => [
    `HMAC_${bits}`,
    'GENERATE_VERIFY_MAC',
    [`HMAC_SHA_${bits}`],
  ]),
  ...(['44', '65', '87'] as const).map((size): Row => [
    `ML_DSA_${size}`,
    'SIGN_VERIFY',
    ['ML_DSA_SHAKE_256'],
  ]),
  ...(['512', '768', '1024'] as const).map((size): Row => [
    `ML_KEM_${size}`,
    'ENCAPSULATE_DECAPSULATE',
    ['ML_KEM'],
  ]),
];

/** Every key spec with every usage that it has outside China. */
export const keyKinds: readonly KeyKind[] = table.map(([KeySpec, KeyUsage, algorithms]) => ({
  KeySpec,
  KeyUsage,
  algorithms,
}));

export const asymmetricKinds = keyKinds.filter(
  ({ KeySpec }) => KeySpec !== 'SYMMETRIC_DEFAULT' && !KeySpec.startsWith('HMAC'),
);

export const kindsFor = (usage: KeyUsageType) => asymmetricKinds.filter(({ KeyUsage }) => KeyUsage === usage);

/** Every signing key with every algorithm that it has. */
export const signingCases = kindsFor('SIGN_VERIFY').flatMap(({ KeySpec, algorithms }) =>
  algorithms.map((algorithm) => ({ KeySpec, SigningAlgorithm: algorithm as SigningAlgorithmSpec })),
);

/** Whether the older member `CustomerMasterKeySpec` has the key spec too. */
export const hasOlderName = (spec: KeySpec) => !spec.startsWith('ML_') && spec !== 'ECC_NIST_EDWARDS25519';

/** The hash of a signing algorithm that works on a digest, by Node's name. */
export function hashOf(algorithm: string): 'sha256' | 'sha384' | 'sha512' {
  const bits = algorithm.slice(-3);
  if (bits !== '256' && bits !== '384' && bits !== '512') throw new Error(`${algorithm} hashes nothing`);
  return `sha${bits}`;
}
