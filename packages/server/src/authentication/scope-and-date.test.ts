import { describe, expect, it } from 'vitest';
import {
  accessKeyId,
  authenticatorFor,
  createCredential,
  editAuthorization,
  kms,
  now,
  refusalOf,
  sign,
  withHeader,
} from './signing-client.test-support.ts';

const scope = '20260314/eu-central-1/kms/aws4_request';

async function refusalOfScope(changed: string) {
  const wire = editAuthorization(await sign(), (text) => text.replace(scope, changed));
  return refusalOf(() => authenticatorFor()(wire, kms));
}

describe('the credential scope', () => {
  it.each([
    ['20260314/eu_central_1/kms/aws4_request', 'Credential should be scoped to a valid region. '],
    ['20260314/eu-central/kms/aws4_request', 'Credential should be scoped to a valid region. '],
    ['20260314/EU-CENTRAL-1/kms/aws4_request', 'Credential should be scoped to a valid region. '],
    ['20260314/eu-1/kms/aws4_request', 'Credential should be scoped to a valid region. '],
    ['20260314//kms/aws4_request', 'Credential should be scoped to a valid region. '],
    [`20260314/us-${'e'.repeat(40)}-1/kms/aws4_request`, 'Credential should be scoped to a valid region. '],
    ['20260314/eu-central-1/sts/aws4_request', "Credential should be scoped to correct service: 'kms'. "],
    ['20260314/eu-central-1/KMS/aws4_request', "Credential should be scoped to correct service: 'kms'. "],
    [
      '20260314/eu-central-1/kms/aws4',
      "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws4'. ",
    ],
    [
      '20260313/eu-central-1/kms/aws4_request',
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260313' != '20260314', from '20260314T092653Z'.",
    ],
    [
      'b/c/d/e',
      "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'kms'. Credential should be scoped with a valid terminator: 'aws4_request', not 'e'. Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: 'b' != '20260314', from '20260314T092653Z'.",
    ],
  ])('refuses %s with InvalidSignatureException', async (changed, text) => {
    expect(await refusalOfScope(changed)).toEqual({ code: 'InvalidSignatureException', text, status: 400 });
  });

  it.each(['20260314/eu-central-1/kms', `${scope}/`, `x/${scope}`])(
    'refuses %s, not of five parts, with IncompleteSignatureException',
    async (changed) => {
      const refused = await refusalOfScope(changed);
      expect(refused.code).toBe('IncompleteSignatureException');
      expect(refused.text).toMatch(/^Credential must have exactly 5 slash-delimited elements/);
      expect(refused.text).not.toContain(accessKeyId);
    },
  );

  it('shows at most 64 printable characters of what came', async () => {
    const refused = await refusalOfScope(`20260314/eu-central-1/kms/\u0007${'x'.repeat(500)}`);
    expect(refused.text).toContain(`not '?${'x'.repeat(63)}'`);
  });

  it('accepts the service the protocol decided on and no other', async () => {
    const wire = await sign({ service: 'sts' });
    expect(authenticatorFor()(wire, { service: 'sts' })).toMatchObject({ accessKeyId });
    expect(refusalOf(() => authenticatorFor()(wire, kms)).text).toBe(
      "Credential should be scoped to correct service: 'kms'. ",
    );
  });

  it('binds the signature to the Region: a scope moved to another Region is refused', async () => {
    const refused = await refusalOfScope('20260314/eu-central-2/kms/aws4_request');
    expect(refused.text).toMatch(/^The request signature we calculated does not match/);
  });
});

describe('the date of the signature', () => {
  it.each([-300_000, 0, 300_000])('is accepted %i ms from the clock', async (offset) => {
    const wire = await sign({ signedAt: now + offset });
    expect(authenticatorFor()(wire, kms)).toMatchObject({ signedAt: now + offset });
  });

  it('is compared by whole seconds', async () => {
    const wire = await sign({ signedAt: now - 300_000 });
    expect(authenticatorFor(createCredential(), now + 999)(wire, kms)).toMatchObject({ accessKeyId });
  });

  it('refuses a signature older than five minutes', async () => {
    const wire = await sign({ signedAt: now - 301_000 });
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual({
      code: 'InvalidSignatureException',
      text: 'Signature expired: 20260314T092152Z is now earlier than 20260314T092153Z (20260314T092653Z - 5 min.)',
      status: 400,
    });
  });

  it('refuses a signature more than five minutes ahead', async () => {
    const wire = await sign({ signedAt: now + 301_000 });
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual({
      code: 'InvalidSignatureException',
      text: 'Signature not yet current: 20260314T093154Z is still later than 20260314T093153Z (20260314T092653Z + 5 min.)',
      status: 400,
    });
  });

  it('may be the 29th of February of a leap year', async () => {
    const signedAt = Date.UTC(2028, 1, 29, 23, 59, 59);
    const wire = await sign({ signedAt });
    expect(authenticatorFor(createCredential(), signedAt)(wire, kms)).toMatchObject({ signedAt });
  });

  it.each([
    '20260229T092653Z',
    '21000229T092653Z',
    '20260431T092653Z',
    '20260314T242653Z',
    '20260314T096053Z',
    '20260314T092660Z',
    '20261314T092653Z',
    '20260014T092653Z',
    '20260300T092653Z',
    '00260314T092653Z',
    '2026-03-14T09:26:53Z',
    '20260314T092653',
    '20260314t092653z',
    '20260314T092653Z ',
    'Sat, 14 Mar 2026 09:26:53 GMT',
    '201',
  ])('refuses the x-amz-date "%s" with IncompleteSignatureException', async (date) => {
    const wire = withHeader(await sign(), 'x-amz-date', date);
    expect(refusalOf(() => authenticatorFor()(wire, kms))).toEqual({
      code: 'IncompleteSignatureException',
      text: `Date must be in ISO-8601 'basic format'. Got '${date}'. See http://en.wikipedia.org/wiki/ISO_8601`,
      status: 400,
    });
  });
});
