import { wrappingAlgorithm, wrappingKeySpec } from '@keyhaven/api-model';
import { describe, expect, it } from 'vitest';
import { permitsWrapping } from './import-wrapping.ts';
import { findKeySpec, keySpecs } from './key-specs.ts';

const london = 'eu-west-2';
const beijing = 'cn-north-1';

/** The combinations that a key spec permits in a Region, as `algorithm/key`. */
function permitted(specName: string, region: string): readonly string[] {
  const wrapping = findKeySpec(specName)?.importWrapping ?? new Map();
  return wrappingAlgorithm.values.flatMap((algorithm) =>
    wrappingKeySpec.values
      .filter((key) => permitsWrapping(wrapping, algorithm, key, region))
      .map((key) => `${algorithm}/${key}`),
  );
}

const rsaKeys = ['RSA_2048', 'RSA_3072', 'RSA_4096'];
const withEach = (algorithms: readonly string[], keys: readonly string[]) =>
  algorithms.flatMap((algorithm) => keys.map((key) => `${algorithm}/${key}`));
const oaep = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];
const underAes = ['RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'];

describe('Key material of a key spec', () => {
  it.each([
    'SYMMETRIC_DEFAULT',
    'HMAC_224',
    'HMAC_512',
    'ECC_NIST_P256',
    'ECC_NIST_P384',
    'ECC_SECG_P256K1',
    'ECC_NIST_EDWARDS25519',
  ])('may be wrapped with every RSA algorithm but PKCS #1 v1.5: %s', (spec) => {
    expect(permitted(spec, london)).toEqual(withEach([...oaep, ...underAes], rsaKeys));
  });

  it('may be encrypted under RSA_2048 unless it is too long for it: ECC_NIST_P521', () => {
    const longer = ['RSA_3072', 'RSA_4096'];
    expect(permitted('ECC_NIST_P521', london)).toEqual([
      ...withEach(oaep, longer),
      ...withEach(underAes, rsaKeys),
    ]);
  });

  it.each(['RSA_2048', 'RSA_3072', 'RSA_4096'])(
    'may only be wrapped under an AES key where it fits into no RSA encryption: %s',
    (spec) => {
      expect(permitted(spec, london)).toEqual(withEach(underAes, rsaKeys));
    },
  );

  it('may be wrapped under SM2, and not under an AES key, in the Regions of China alone', () => {
    const inChina = [...withEach(oaep, rsaKeys), 'SM2PKE/SM2'];
    expect(permitted('SYMMETRIC_DEFAULT', beijing)).toEqual(inChina);
    expect(permitted('SM2', beijing)).toEqual(inChina);
    expect(permitted('RSA_2048', beijing)).toEqual([]);
  });

  it('is never wrapped with RSAES_PKCS1_V1_5, nor with a key of the wrong kind', () => {
    for (const { name } of keySpecs()) {
      for (const region of [london, beijing]) {
        const all = permitted(name, region);
        expect(all.filter((one) => one.startsWith('RSAES_PKCS1'))).toEqual([]);
        expect(all.filter((one) => one.startsWith('SM2PKE') !== one.endsWith('/SM2'))).toEqual([]);
      }
    }
  });

  it('cannot be imported at all for ML-DSA and ML-KEM', () => {
    const none = keySpecs().filter(({ importWrapping }) => importWrapping.size === 0);
    expect(none.map(({ name }) => name)).toEqual([
      'ML_DSA_44',
      'ML_DSA_65',
      'ML_DSA_87',
      'ML_KEM_512',
      'ML_KEM_768',
      'ML_KEM_1024',
    ]);
  });
});
