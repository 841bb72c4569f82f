import { describe, expect, it } from 'vitest';
import type { FoundPrincipal } from '../../identities/port.ts';
import { keyWarnings } from './key-warnings.ts';

const accountId = '111122223333';
const arn = (name: string) => `arn:aws:iam::${accountId}:user/${name}`;

/** Those who exist, by their names. */
const existing: ReadonlyMap<string, FoundPrincipal> = new Map([
  [accountId, { kind: 'account', accountId, arn: `arn:aws:iam::${accountId}:root`, uniqueId: undefined }],
  [arn('alice'), { kind: 'user', accountId, arn: arn('alice'), uniqueId: 'AIDAALICEALICEALICE1' }],
]);
const identities = { find: (name: string) => existing.get(name) };

function warningsOf(statements: readonly object[], bindings: Readonly<Record<string, string>> = {}) {
  const whole = statements.map((one) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...one }));
  const document = JSON.stringify({ Version: '2012-10-17', Statement: whole });
  return keyWarnings({ policyRow: { document, bindings: JSON.stringify(bindings) } }, identities);
}

describe('A key policy that names a principal which does not exist', () => {
  it.each([
    ['a user', { AWS: arn('bob') }, arn('bob')],
    ['an account', { AWS: '999999999999' }, '999999999999'],
    ['a unique id', { AWS: 'AIDAGONEGONEGONEGONE' }, 'AIDAGONEGONEGONEGONE'],
  ])('is warned of: %s', async (_name, Principal, missing) => {
    expect(await warningsOf([{ Principal: { AWS: accountId } }, { Sid: 'S', Principal }])).toEqual([
      { kind: 'missing principal', sid: 'S', index: 1, text: `It names ${missing}, which does not exist.` },
    ]);
  });

  it('is warned of where another one bears the name now', async () => {
    const [warning] = await warningsOf([{ Principal: { AWS: arn('alice') } }], {
      [arn('alice')]: 'AIDAFORMERFORMER1234',
    });
    expect(warning?.text).toBe('It names AIDAFORMERFORMER1234, which does not exist.');
  });

  it('is not warned of where all exist, or are known by name alone', async () => {
    const Principal = { AWS: [accountId, arn('alice')], Service: 's3.amazonaws.com' };
    expect(await warningsOf([{ Principal }], { [arn('alice')]: 'AIDAALICEALICEALICE1' })).toEqual([]);
  });
});
