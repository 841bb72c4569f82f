import { noPolicies } from '@keyhaven/policy';
import { unrecognizedClient } from '../authentication/refusals.ts';
import { identityHeadTable } from '../storage/identity-tables.ts';
import { absent, type ExpectedVersion, unchanged } from '../storage/unit-of-work.ts';
import { callerPoliciesOf, controlPoliciesOf } from './caller-policies.ts';
import { type FoundOwner, foundRole, foundUser } from './find-principal.ts';
import type { IdentityHead, IdentityReads, RoleRow, UserRow } from './identity-rows.ts';
import type { PolicyDocuments } from './policy-documents.ts';
import type { CallerIdentity } from './port.ts';
import { readTags, type Tags } from './tags.ts';

/** Reads what is known of one principal of an account, or of the account itself. */
export type ReadIdentity = (
  reads: IdentityReads,
  accountId: string,
  id: string,
  documents: PolicyDocuments,
) => Promise<CallerIdentity>;

const noTags: Tags = new Map();

/** An account by itself: nothing but the control policies speaks of its root and of its services. */
export async function readAccount(
  reads: IdentityReads,
  accountId: string,
  _id: string,
  documents: PolicyDocuments,
): Promise<CallerIdentity> {
  const { service, resource } = controlPoliciesOf(await reads.controls(), documents);
  return {
    policies: { ...noPolicies, serviceControl: service },
    tags: noTags,
    resourceControl: resource,
    expect: [headVersion(accountId, reads.head)],
  };
}

/** Throws UnrecognizedClientException for a user that is gone, as does its access key from now on. */
export async function readUser(
  reads: IdentityReads,
  accountId: string,
  userId: string,
  documents: PolicyDocuments,
): Promise<CallerIdentity> {
  const row = await reads.user(userId);
  if (row === undefined) throw unrecognizedClient();
  return readOwner(reads, foundUser(row), row, accountId, documents);
}

/** Throws UnrecognizedClientException for a role that is gone. */
export async function readRole(
  reads: IdentityReads,
  accountId: string,
  roleId: string,
  documents: PolicyDocuments,
): Promise<CallerIdentity> {
  const row = await reads.role(roleId);
  if (row === undefined) throw unrecognizedClient();
  return readOwner(reads, foundRole(row), row, accountId, documents);
}

async function readOwner(
  reads: IdentityReads,
  owner: FoundOwner,
  { boundary_arn, tags }: UserRow | RoleRow,
  accountId: string,
  documents: PolicyDocuments,
): Promise<CallerIdentity> {
  const controls = controlPoliciesOf(await reads.controls(), documents);
  const rows = await reads.policiesOf(owner.uniqueId, boundary_arn);
  return {
    policies: callerPoliciesOf(owner, boundary_arn, rows, controls.service, documents),
    tags: readTags(tags, owner.arn),
    resourceControl: controls.resource,
    expect: [headVersion(accountId, reads.head)],
  };
}

/** Every change of an account's identities raises its head, so that a write which rests on them rests on the head alone. */
export function headVersion(accountId: string, head: IdentityHead | undefined): ExpectedVersion {
  return head === undefined ? absent(identityHeadTable, [accountId]) : unchanged(identityHeadTable, head);
}
