import { randomBytes, randomHex } from '@keyhaven/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTokenOf, makeImportToken, readImportToken } from './import-token.ts';

const arn = 'arn:aws:kms:eu-west-2:000000000000:key/a-key';
const row = {
  account_id: '000000000000',
  region: 'eu-west-2',
  key_id: 'a-key',
  id: randomHex(16),
  wrapping_algorithm: 'RSAES_OAEP_SHA_256',
  wrapping_key_spec: 'RSA_2048',
  expires_at: 1_800_000_000_000,
};
const key = randomBytes(32);
const token = makeImportToken(key, row, arn);

const isOurs = (bytes: Buffer, with_ = { key, row, arn }) => {
  const read = readImportToken(bytes);
  return read !== undefined && isTokenOf(with_.key, read, with_.row, with_.arn);
};

describe('An import token', () => {
  it('says which parameters it belongs to and until when, and is theirs', () => {
    expect(readImportToken(token)).toMatchObject({ parametersId: row.id, expiresAt: row.expires_at });
    expect(isOurs(token)).toBe(true);
  });

  it('is not theirs with any bit changed', () => {
    fc.assert(
      fc.property(fc.nat(token.length * 8 - 1), (bit) => {
        const changed = Buffer.from(token);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        // The id leads to other parameters, if to any: here to these.
        expect(isOurs(changed) && readImportToken(changed)?.parametersId === row.id).toBe(false);
      }),
    );
  });

  it.each([
    ['another token key', { key: randomBytes(32), row, arn }],
    ['another KMS key', { key, row, arn: `${arn}2` }],
    ['another Region', { key, row, arn: arn.replace('eu-west-2', 'us-east-1') }],
    ['another algorithm', { key, row: { ...row, wrapping_algorithm: 'RSAES_OAEP_SHA_1' }, arn }],
    ['another wrapping key spec', { key, row: { ...row, wrapping_key_spec: 'RSA_4096' }, arn }],
    ['other parameters', { key, row: { ...row, id: randomHex(16) }, arn }],
    ['another time', { key, row: { ...row, expires_at: row.expires_at + 1 }, arn }],
  ])('is not one of %s', (_what, other) => {
    expect(isOurs(token, other)).toBe(false);
  });

  it('cannot be read from bytes of another length or version, and reading any bytes throws nothing', () => {
    expect(readImportToken(token.subarray(1))).toBeUndefined();
    expect(readImportToken(Buffer.concat([token, Buffer.alloc(1)]))).toBeUndefined();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 50, maxLength: 64 }), (bytes) => {
        expect(isOurs(Buffer.from(bytes))).toBe(false);
      }),
    );
  });
});
