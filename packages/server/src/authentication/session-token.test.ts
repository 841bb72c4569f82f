import { AwsError } from '@keyhaven/api-model';
import { describe, expect, it } from 'vitest';
import {
  accessKeyId,
  authenticatorFor,
  createCredential,
  kms,
  mismatch,
  presign,
  refusalOf,
  sign,
  unrecognized,
  withHeader,
  withMoreHeaders,
} from './signing-client.test-support.ts';

const temporary = createCredential({ isTemporary: true, verifyToken: (token) => token === 'token+/=' });

describe('the session token', () => {
  it('is accepted with the temporary credential it belongs to, in both forms', async () => {
    const authenticate = authenticatorFor(temporary);
    expect(authenticate(await sign({ sessionToken: 'token+/=' }), kms)).toMatchObject({ accessKeyId });
    expect(authenticate(await presign({ sessionToken: 'token+/=' }), kms)).toMatchObject({ accessKeyId });
  });

  it('may stay unsigned in the header form', async () => {
    const wire = withMoreHeaders(await sign(), 'X-Amz-Security-Token', 'token+/=');
    expect(authenticatorFor(temporary)(wire, kms)).toMatchObject({ accessKeyId });
  });

  it('is missed where the credential is temporary', async () => {
    const wire = await sign();
    expect(refusalOf(() => authenticatorFor(temporary)(wire, kms))).toEqual(unrecognized);
  });

  it.each(['sign', 'presign'])('is refused where it belongs to another credential (%s)', async (form) => {
    const wire = await (form === 'sign' ? sign : presign)({ sessionToken: 'another' });
    expect(refusalOf(() => authenticatorFor(temporary)(wire, kms))).toEqual(unrecognized);
  });

  it.each(['sign', 'presign'])('is refused beside a long-term credential (%s)', async (form) => {
    const wire = await (form === 'sign' ? sign : presign)({ sessionToken: 'token+/=' });
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual(unrecognized);
  });

  it('is refused empty beside a long-term credential', async () => {
    const wire = withMoreHeaders(await sign(), 'X-Amz-Security-Token', '');
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual(unrecognized);
  });

  it('is refused where a temporary credential cannot verify it', async () => {
    const wire = await sign({ sessionToken: 'token+/=' });
    const authenticate = authenticatorFor(createCredential({ isTemporary: true }));
    expect(refusalOf(() => authenticate(wire, kms))).toEqual(unrecognized);
  });

  it('is refused when it comes twice', async () => {
    const wire = withMoreHeaders(
      await sign({ sessionToken: 'token+/=' }),
      'x-amz-security-token',
      'token+/=',
    );
    expect(refusalOf(() => authenticatorFor(temporary)(wire, kms))).toEqual(mismatch);
  });

  it('is not looked at before the signature holds', async () => {
    const wire = withHeader(await sign(), 'x-amz-target', 'TrentService.Decrypt');
    expect(refusalOf(() => authenticatorFor(temporary)(wire, kms))).toEqual(mismatch);
  });

  it('ends in the refusal the credential chooses, such as expiry', async () => {
    const wire = await sign({ sessionToken: 'token+/=' });
    const expired = new AwsError(
      'ExpiredTokenException',
      'The security token included in the request is expired',
    );
    const verifyToken = (): never => {
      throw expired;
    };
    const authenticate = authenticatorFor(createCredential({ isTemporary: true, verifyToken }));
    expect(refusalOf(() => authenticate(wire, kms)).code).toBe('ExpiredTokenException');
  });
});
