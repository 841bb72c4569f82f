import {
  CreateGrantCommand,
  type CreateGrantCommandInput,
  type GrantListEntry,
  type GrantOperation,
  type KMSClient,
  ListGrantsCommand,
  type ListGrantsCommandInput,
} from '@aws-sdk/client-kms';
import { refusal, rootArn } from '../kms/kms-under-test.ts';

/** A grant that was made: what names it. */
export interface MadeGrant {
  readonly grantId: string;
  readonly grantToken: string;
}

/** What CreateGrant is asked for; to the account, and to decrypt, unless told otherwise. */
export type Wish = Partial<CreateGrantCommandInput>;

/** Asks for a grant on a key. */
export function requestGrant(client: KMSClient, KeyId: string, wish: Wish = {}) {
  const Operations: GrantOperation[] = ['Decrypt'];
  return client.send(new CreateGrantCommand({ KeyId, GranteePrincipal: rootArn, Operations, ...wish }));
}

export async function createGrant(client: KMSClient, KeyId: string, wish: Wish = {}): Promise<MadeGrant> {
  const { GrantId, GrantToken } = await requestGrant(client, KeyId, wish);
  if (GrantId === undefined || GrantToken === undefined) throw new Error('CreateGrant names no grant');
  return { grantId: GrantId, grantToken: GrantToken };
}

/** The first page of a key's grants. */
export async function grantsOf(
  client: KMSClient,
  KeyId: string,
  filter: Partial<ListGrantsCommandInput> = {},
): Promise<readonly GrantListEntry[]> {
  return (await client.send(new ListGrantsCommand({ KeyId, ...filter }))).Grants ?? [];
}

export const grantIdsOf = async (...listed: Parameters<typeof grantsOf>): Promise<readonly string[]> =>
  (await grantsOf(...listed)).map(({ GrantId }) => GrantId ?? '');

/** An id of the right form that no grant has. */
export const absentGrantId = 'ab'.repeat(32);

export const invalidGrantToken = refusal(
  'InvalidGrantTokenException',
  'The request was rejected because the specified grant token is not valid.',
);
export const invalidGrantId = refusal(
  'InvalidGrantIdException',
  'The request was rejected because the specified GrantId is not valid.',
);
export const grantNotFound = (grantId: string) =>
  refusal('NotFoundException', `Grant ID ${grantId} not found`);
export const dryRunSucceeded = refusal(
  'DryRunOperationException',
  'The request would have succeeded, but the DryRun option is set.',
);
export const invalid = (text: string) => refusal('ValidationException', text);
