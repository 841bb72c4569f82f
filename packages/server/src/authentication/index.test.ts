import { Secret } from '@keyhaven/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAuthenticator, type Credential } from './index.ts';
import {
  accessKeyId,
  accountId,
  authenticatorFor,
  createCredential,
  editAuthorization,
  kms,
  mismatch,
  now,
  presign,
  refusalOf,
  secretAccessKey,
  sign,
  unrecognized,
  withHeader,
} from './signing-client.test-support.ts';

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/);
const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)) });

describe('createAuthenticator', () => {
  it('returns the principal, the access key id, the Region of the scope and the date of a signed request', async () => {
    const caller = await authenticatorFor()(await sign(), kms);
    expect(caller).toEqual({
      principal: {
        kind: 'root',
        accountId,
        arn: `arn:aws:iam::${accountId}:root`,
        principalId: accountId,
      },
      accessKeyId,
      region: 'eu-central-1',
      signedAt: now,
    });
  });

  it('answers synchronously when the credential source does', async () => {
    expect(authenticatorFor()(await sign(), kms)).not.toBeInstanceOf(Promise);
  });

  it('answers with a promise when the credential source does', async () => {
    const credential = createCredential();
    const credentials = { find: () => Promise.resolve(credential) };
    const answer = createAuthenticator({ credentials, wallClock: () => now })(await sign(), kms);
    expect(answer).toBeInstanceOf(Promise);
    await expect(answer).resolves.toMatchObject({ accessKeyId });
  });

  it('rejects with the refusal when the credential source answers late', async () => {
    const credentials = { find: () => Promise.resolve(undefined) };
    const answer = createAuthenticator({ credentials, wallClock: () => now })(await sign(), kms);
    await expect(answer).rejects.toMatchObject(unrecognized);
  });

  it('accepts whatever the AWS SDK signs, in the header and presigned', async () => {
    const authenticate = authenticatorFor();
    const request = fc.record({
      method: fc.constantFrom('POST', 'GET'),
      headers: fc.dictionary(
        token.map((name) => `x-${name}`),
        visible,
        { maxKeys: 4 },
      ),
      query: fc.dictionary(
        fc
          .string({ unit: 'grapheme', minLength: 1 })
          .filter((name) => name.isWellFormed() && name !== '__proto__'),
        fc.oneof(
          fc.string({ unit: 'grapheme' }).filter((text) => text.isWellFormed()),
          fc.array(visible, { minLength: 2, maxLength: 3 }),
        ),
        { maxKeys: 4 },
      ),
      body: fc.string({ unit: 'grapheme', maxLength: 2000 }),
    });
    await fc.assert(
      fc.asyncProperty(request, async (client) => {
        expect(await authenticate(await sign(client), kms)).toMatchObject({ accessKeyId });
        expect(await authenticate(await presign(client), kms)).toMatchObject({ accessKeyId });
      }),
      { numRuns: 200 },
    );
  });

  it('accepts the access key id "test"', async () => {
    const credential = createCredential({ accessKeyId: 'test' });
    const caller = await authenticatorFor(credential)(await sign({ accessKeyId: 'test' }), kms);
    expect(caller.accessKeyId).toBe('test');
  });

  it.each(['us-east-1', 'us-gov-west-1', 'ap-southeast-5', 'us-iso-east-1'])(
    'accepts the Region %s',
    async (region) => {
      expect(await authenticatorFor()(await sign({ region }), kms)).toMatchObject({ region });
    },
  );

  it('refuses an unknown access key with UnrecognizedClientException', async () => {
    const wire = await sign({ accessKeyId: 'AKIAUNKNOWN' });
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual(unrecognized);
  });

  it('refuses an inactive access key with UnrecognizedClientException although the signature holds', async () => {
    const wire = await sign();
    const authenticate = authenticatorFor(createCredential({ status: 'Inactive' }));
    expect(refusalOf(() => authenticate(wire, kms))).toEqual(unrecognized);
  });

  it.each(['A'.repeat(129), 'AKIA-OTHER', 'AKIA OTHER', 'ÄKIA', '', '..'])(
    'refuses the malformed access key id "%s" without asking the credential source',
    async (malformed) => {
      const wire = await presign();
      const asked: string[] = [];
      const find = (id: string): Credential => {
        asked.push(id);
        return createCredential({ accessKeyId: id });
      };
      const authenticate = createAuthenticator({ credentials: { find }, wallClock: () => now });
      const query = wire.query.replace(accessKeyId, encodeURIComponent(malformed));
      expect(refusalOf(() => authenticate({ ...wire, query }, kms))).toEqual(unrecognized);
      expect(asked).toEqual([]);
    },
  );

  it('refuses a signature made with another secret access key', async () => {
    const wire = await sign({ secretAccessKey: `${secretAccessKey}x` });
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual(mismatch);
  });

  it('refuses another secret access key although the right one has just been used', async () => {
    const authenticate = authenticatorFor();
    await authenticate(await sign(), kms);
    const wire = await sign({ secretAccessKey: 'another' });
    expect(refusalOf(() => authenticate(wire, kms))).toEqual(mismatch);
  });

  it('refuses the old secret at once when the source replaces the credential', async () => {
    let credential = createCredential();
    const authenticate = createAuthenticator({
      credentials: { find: () => credential },
      wallClock: () => now,
    });
    const old = await sign();
    const renewed = await sign({ secretAccessKey: 'renewed' });
    await authenticate(old, kms);
    credential = createCredential({ secret: Secret.take(Buffer.from('renewed')) });
    expect(refusalOf(() => authenticate(old, kms))).toEqual(mismatch);
    expect(await authenticate(renewed, kms)).toMatchObject({ accessKeyId });
  });

  it('names a stale date before a wrong scope', async () => {
    const wire = await sign({ service: 's3', signedAt: now - 301_000 });
    expect(refusalOf(() => authenticatorFor()(wire, kms)).text).toMatch(/^Signature expired/);
  });

  it('names a wrong scope before an unknown access key', async () => {
    const wire = await sign({ service: 's3', accessKeyId: 'AKIAUNKNOWN' });
    expect(refusalOf(() => authenticatorFor()(wire, kms)).code).toBe('InvalidSignatureException');
  });

  it('names an unknown access key before a wrong signature', async () => {
    const wire = withHeader(
      await sign({ accessKeyId: 'AKIAUNKNOWN' }),
      'x-amz-target',
      'TrentService.Encrypt',
    );
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual(unrecognized);
  });

  it('names a missing host before an unsupported algorithm', async () => {
    const wire = editAuthorization(await sign(), (text) =>
      text.replace('SHA256', 'SHA25').replace('host;', ''),
    );
    expect(refusalOf(() => authenticatorFor()(wire, kms)).text).toContain("'Host' or ':authority'");
  });
});
