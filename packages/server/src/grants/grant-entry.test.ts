import { describe, expect, it } from 'vitest';
import type { Identities } from '../identities/port.ts';
import { select } from '../storage/query.ts';
import { grantTable } from '../storage/tables.ts';
import { grantEntries } from './grant-entry.ts';
import { alice, grantRow, openGranted, rootArn, session } from './granted-store.test-support.ts';

/** Of all unique ids those that exist. */
const knowing = (...ids: readonly string[]): Identities => ({
  of: () => never(),
  controlsOf: () => never(),
  find: (name) =>
    ids.includes(name) ? { kind: 'user', accountId: '000000000000', arn: '', uniqueId: name } : undefined,
});

function never(): never {
  throw new Error('nobody is decided on');
}

async function entriesOf(row: ReturnType<typeof grantRow>, identities: Identities) {
  const { storage, add } = await openGranted();
  await add(row);
  const [rows] = await storage.snapshot(select(grantTable, {}));
  const [entry] = await grantEntries(rows, identities);
  return entry;
}

const sessionGrant = grantRow({ grantee: session.arn, grantee_key: session.principalId });

describe('A list of grants', () => {
  it('shows principals by their ARNs while they exist, a session while its role does', async () => {
    const retiring = { retiring: session.arn, retiring_key: session.principalId };
    expect(await entriesOf(grantRow(retiring), knowing('AIDAALICE', 'AROAAPP'))).toMatchObject({
      GranteePrincipal: alice.arn,
      RetiringPrincipal: session.arn,
    });
  });

  it('shows those that were deleted by their unique ids', async () => {
    const retiring = { retiring: alice.arn, retiring_key: 'AIDAALICE' };
    expect(await entriesOf(grantRow(retiring), knowing())).toMatchObject({
      GranteePrincipal: 'AIDAALICE',
      RetiringPrincipal: 'AIDAALICE',
    });
    expect(await entriesOf(sessionGrant, knowing('AIDAALICE'))).toMatchObject({
      GranteePrincipal: 'AROAAPP:one',
    });
  });

  it('shows accounts and services by their names, and asks nobody for them', async () => {
    const identities: Identities = { ...knowing(), find: () => never() };
    const retiring = { retiring: 's3.amazonaws.com', retiring_key: 's3.amazonaws.com' };
    const entry = await entriesOf(
      grantRow({ grantee: rootArn, grantee_key: rootArn, ...retiring }),
      identities,
    );
    expect(entry).toMatchObject({ GranteePrincipal: rootArn, RetiringServicePrincipal: 's3.amazonaws.com' });
    expect(entry?.RetiringPrincipal).toBeUndefined();
    expect(entry?.GranteeServicePrincipal).toBeUndefined();
  });
});
