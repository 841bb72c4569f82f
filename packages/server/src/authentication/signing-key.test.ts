import { hmacSha256, Secret } from '@keyhaven/crypto';
import { describe, expect, it } from 'vitest';
import type { Credential } from './credential.ts';
import { SigningKeys } from './signing-key.ts';
import { createCredential } from './signing-client.test-support.ts';

/** The example of the AWS General Reference, "Examples of how to derive a signing key". */
const scope = {
  accessKeyId: 'AKIDEXAMPLE',
  date: '20150830',
  region: 'us-east-1',
  service: 'iam',
  text: '20150830/us-east-1/iam/aws4_request',
};

/** The MAC of an empty message shows which key was lent. */
function fingerprint(keys: SigningKeys, credential: Credential, region = scope.region): string {
  let mac = '';
  const text = `20150830/${region}/iam/aws4_request`;
  keys.use(credential, { ...scope, region, text }, (key) => {
    mac = key.signHex(Buffer.alloc(0));
  });
  return mac;
}

describe('SigningKeys', () => {
  it('derives the key of the published example', () => {
    const published = 'c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9';
    const expected = hmacSha256(Buffer.from(published, 'hex'), Buffer.alloc(0)).toString('hex');
    expect(fingerprint(new SigningKeys(), createCredential())).toBe(expected);
  });

  it('lends the same key for the same scope and another for another Region', () => {
    const keys = new SigningKeys();
    const credential = createCredential();
    expect(fingerprint(keys, credential)).toBe(fingerprint(keys, credential));
    expect(fingerprint(keys, credential)).not.toBe(fingerprint(keys, credential, 'us-east-2'));
  });

  it('derives a kept key once', () => {
    const keys = new SigningKeys();
    const credential = createCredential();
    const before = fingerprint(keys, credential);
    credential.secret.dispose();
    expect(fingerprint(keys, credential)).toBe(before);
  });

  it('does not lend a key derived from another credential object', () => {
    const keys = new SigningKeys();
    const before = fingerprint(keys, createCredential());
    const replaced = createCredential({ secret: Secret.take(Buffer.from('another')) });
    expect(fingerprint(keys, replaced)).not.toBe(before);
  });

  it('does not keep a key under which the signature did not hold', () => {
    const keys = new SigningKeys();
    const credential = createCredential();
    const refused = new Error('refused');
    const attempt = () =>
      keys.use(credential, scope, () => {
        throw refused;
      });
    expect(attempt).toThrow(refused);
    credential.secret.dispose();
    expect(() => fingerprint(keys, credential)).toThrow('disposed');
  });

  it('keeps 1,024 keys and forgets the one used longest ago', () => {
    const keys = new SigningKeys();
    const credential = createCredential();
    for (let i = 0; i <= 1024; i++) fingerprint(keys, credential, `us-east-${i}`);
    credential.secret.dispose();
    expect(fingerprint(keys, credential, 'us-east-1')).toHaveLength(64);
    expect(() => fingerprint(keys, credential, 'us-east-0')).toThrow('disposed');
  });

  it('zeroises a key it forgets', () => {
    const keys = new SigningKeys();
    const credential = createCredential();
    let lent: { signHex(message: Uint8Array): string } | undefined;
    const region = 'eu-west-9';
    keys.use(credential, { ...scope, region, text: `20150830/${region}/iam/aws4_request` }, (key) => {
      lent = key;
    });
    for (let i = 0; i <= 1024; i++) fingerprint(keys, credential, `us-east-${i}`);
    expect(() => lent?.signHex(Buffer.alloc(0))).toThrow('disposed');
  });
});
