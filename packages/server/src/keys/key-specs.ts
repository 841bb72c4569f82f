import type { CustomerMasterKeySpec, KeySpec, KeyUsage } from '@keyhaven/api-model';
import {
  eccNistEdwards25519,
  eccNistP256,
  eccNistP384,
  eccNistP521,
  eccSecgP256k1,
  type KeyPairKind,
  mlDsa44,
  mlDsa65,
  mlDsa87,
  mlKem1024,
  mlKem512,
  mlKem768,
  rsa2048,
  rsa3072,
  rsa4096,
  sm2,
} from '@keyhaven/crypto';
import {
  anyWrapping,
  type ImportWrapping,
  noWrapping,
  wrappingOfLongKeys,
  wrappingOfRsaKeys,
  wrappingOfSm2Keys,
} from './import-wrapping.ts';
import { partitionOf } from './key-arn.ts';

/** What key material is: so many secret bytes, or the private key of a pair. */
export type MaterialForm =
  | { readonly kind: 'bytes'; readonly bytes: number }
  | { readonly kind: 'key pair'; readonly pair: KeyPairKind };

/** What wrapped key material is bound to beside its place. */
export interface MaterialKind {
  readonly spec: Pick<KeySpecRow, 'name'>;
  readonly origin: string;
}

/** What a key's row says of its key material; undefined where the row names no key spec that there is. */
export function materialKindOf(row: { readonly key_spec: string; readonly origin: string }):
  | (MaterialKind & {
      readonly spec: KeySpecRow;
    })
  | undefined {
  const spec = findKeySpec(row.key_spec);
  return spec === undefined ? undefined : { spec, origin: row.origin };
}

/** Everything the server needs to know about one key spec ("Key spec reference", KMS Developer Guide). Adding a key spec is adding a row here. */
export interface KeySpecRow {
  readonly name: KeySpec;
  /** The same as `CustomerMasterKeySpec`, for the specs that the older member knows. */
  readonly olderName: CustomerMasterKeySpec | undefined;
  /** An alias moves between keys of one type only. */
  readonly type: 'symmetric' | 'asymmetric' | 'HMAC';
  /** The key usages, and the algorithms of each in the order in which AWS lists them. */
  readonly algorithms: ReadonlyMap<KeyUsage, readonly string[]>;
  /** The usage of a key that is created without naming one; undefined where AWS demands it. */
  readonly defaultUsage: KeyUsage | undefined;
  readonly material: MaterialForm;
  readonly rotates: boolean;
  /** How key material that was made elsewhere may be wrapped to be imported. */
  readonly importWrapping: ImportWrapping;
  /** Partitions that have it; undefined: every one. */
  readonly partition: 'aws-cn' | undefined;
}

type Algorithms = Readonly<Partial<Record<KeyUsage, readonly string[]>>>;
type Rest = Partial<
  Pick<KeySpecRow, 'olderName' | 'defaultUsage' | 'rotates' | 'importWrapping' | 'partition'>
>;

function row(
  name: KeySpec,
  type: KeySpecRow['type'],
  algorithms: Algorithms,
  material: MaterialForm,
  rest: Rest = {},
): KeySpecRow {
  return {
    name,
    type,
    material,
    algorithms: new Map(Object.entries(algorithms) as [KeyUsage, readonly string[]][]),
    olderName: rest.olderName,
    defaultUsage: rest.defaultUsage,
    rotates: rest.rotates ?? false,
    importWrapping: rest.importWrapping ?? anyWrapping,
    partition: rest.partition,
  };
}

const asymmetric = (
  name: KeySpec & CustomerMasterKeySpec,
  algorithms: Algorithms,
  pair: KeyPairKind,
  rest?: Rest,
) => row(name, 'asymmetric', algorithms, { kind: 'key pair', pair }, { olderName: name, ...rest });

/** A key spec from after the renaming of `CustomerMasterKeySpec`. */
const newerAsymmetric = (name: KeySpec, algorithms: Algorithms, pair: KeyPairKind, rest?: Rest) =>
  row(name, 'asymmetric', algorithms, { kind: 'key pair', pair }, rest);

const notImported: Rest = { importWrapping: noWrapping };

const hmac = (name: KeySpec & CustomerMasterKeySpec, algorithm: string, bytes: number) =>
  row(name, 'HMAC', { GENERATE_VERIFY_MAC: [algorithm] }, { kind: 'bytes', bytes }, { olderName: name });

const rsa = {
  ENCRYPT_DECRYPT: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
  SIGN_VERIFY: [
    'RSASSA_PKCS1_V1_5_SHA_256',
    'RSASSA_PKCS1_V1_5_SHA_384',
    'RSASSA_PKCS1_V1_5_SHA_512',
    'RSASSA_PSS_SHA_256',
    'RSASSA_PSS_SHA_384',
    'RSASSA_PSS_SHA_512',
  ],
};
const ecc = (ecdsa: string) => ({ SIGN_VERIFY: [ecdsa], KEY_AGREEMENT: ['ECDH'] });

const mlDsa = { SIGN_VERIFY: ['ML_DSA_SHAKE_256'] };
const mlKem = { ENCAPSULATE_DECAPSULATE: ['ML_KEM'] };

/** A Map, so that no name from a request can reach an inherited property. */
const rows = new Map<string, KeySpecRow>(
  [
    row(
      'SYMMETRIC_DEFAULT',
      'symmetric',
      { ENCRYPT_DECRYPT: ['SYMMETRIC_DEFAULT'] },
      { kind: 'bytes', bytes: 32 },
      { olderName: 'SYMMETRIC_DEFAULT', defaultUsage: 'ENCRYPT_DECRYPT', rotates: true },
    ),
    asymmetric('RSA_2048', rsa, rsa2048, { importWrapping: wrappingOfRsaKeys }),
    asymmetric('RSA_3072', rsa, rsa3072, { importWrapping: wrappingOfRsaKeys }),
    asymmetric('RSA_4096', rsa, rsa4096, { importWrapping: wrappingOfRsaKeys }),
    asymmetric('ECC_NIST_P256', ecc('ECDSA_SHA_256'), eccNistP256),
    asymmetric('ECC_NIST_P384', ecc('ECDSA_SHA_384'), eccNistP384),
    asymmetric('ECC_NIST_P521', ecc('ECDSA_SHA_512'), eccNistP521, { importWrapping: wrappingOfLongKeys }),
    asymmetric('ECC_SECG_P256K1', { SIGN_VERIFY: ['ECDSA_SHA_256'] }, eccSecgP256k1),
    newerAsymmetric(
      'ECC_NIST_EDWARDS25519',
      { SIGN_VERIFY: ['ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
      eccNistEdwards25519,
    ),
    hmac('HMAC_224', 'HMAC_SHA_224', 28),
    hmac('HMAC_256', 'HMAC_SHA_256', 32),
    hmac('HMAC_384', 'HMAC_SHA_384', 48),
    hmac('HMAC_512', 'HMAC_SHA_512', 64),
    newerAsymmetric('ML_DSA_44', mlDsa, mlDsa44, notImported),
    newerAsymmetric('ML_DSA_65', mlDsa, mlDsa65, notImported),
    newerAsymmetric('ML_DSA_87', mlDsa, mlDsa87, notImported),
    newerAsymmetric('ML_KEM_512', mlKem, mlKem512, notImported),
    newerAsymmetric('ML_KEM_768', mlKem, mlKem768, notImported),
    newerAsymmetric('ML_KEM_1024', mlKem, mlKem1024, notImported),
    asymmetric(
      'SM2',
      { ENCRYPT_DECRYPT: ['SM2PKE'], SIGN_VERIFY: ['SM2DSA'], KEY_AGREEMENT: ['ECDH'] },
      sm2,
      { importWrapping: wrappingOfSm2Keys, partition: 'aws-cn' },
    ),
  ].map((spec) => [spec.name, spec]),
);

export function findKeySpec(name: string): KeySpecRow | undefined {
  return rows.get(name);
}

/** The key spec of symmetric encryption keys, which is the default everywhere. */
export function symmetricDefault(): KeySpecRow {
  const spec = rows.get('SYMMETRIC_DEFAULT');
  if (spec === undefined) throw new Error('SYMMETRIC_DEFAULT is a key spec');
  return spec;
}

/** Whether key material may be made elsewhere and imported. */
export function isImportable({ importWrapping }: KeySpecRow): boolean {
  return importWrapping.size > 0;
}

export function isInRegion(spec: KeySpecRow, region: string): boolean {
  return spec.partition === undefined || spec.partition === partitionOf(region);
}

/** The pair's cryptography; throws where the key material is no key pair, which callers have ruled out. */
export function keyPairOf(spec: KeySpecRow): KeyPairKind {
  if (spec.material.kind !== 'key pair') throw new Error(`${spec.name} is not a key pair`);
  return spec.material.pair;
}

/** Every key spec, in the order of AWS's reference. */
export function keySpecs(): readonly KeySpecRow[] {
  return [...rows.values()];
}
