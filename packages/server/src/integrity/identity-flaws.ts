import { documentFault } from '../identities/document-rules.ts';
import { iamArn, nameKeyOf, readIamArn } from '../identities/identifiers.ts';
import { findTags } from '../identities/tags.ts';
import { select } from '../storage/query.ts';
import { identityHeadTable, managedPolicyTable } from '../storage/identity-tables.ts';
import type { AnyRow, Flaw } from './row-check.ts';

/** A row of one account. */
export interface OfAccount {
  readonly account_id: string;
}

/** The head of the account that a row belongs to. */
export const headQuery = ({ account_id }: OfAccount) => select(identityHeadTable, { account_id });

/** Every change of an account's identities raises its head, so there are no rows without one. */
export function headFlaws({ account_id }: OfAccount, heads: readonly AnyRow[]): readonly Flaw[] {
  if (heads.length > 0) return [];
  const text = `There are principals or control policies of account ${account_id}, but no head that their changes raise.`;
  return [{ check: 'identity-head-missing', text, about: { table: identityHeadTable, key: account_id } }];
}

/** Names are looked up in lower case: under another one nobody finds the row. */
export function nameFlaws(what: string, name: string, nameKey: string): readonly Flaw[] {
  if (nameKeyOf(name) === nameKey) return [];
  return [{ check: 'identity-name', text: `The ${what} ${name} is stored under the name ${nameKey}.` }];
}

/** The managed policy that an ARN would name; asked for by its name, so judge by `isThere`. */
export const policyQuery = (account_id: string, arn: string | null) =>
  select(managedPolicyTable, { account_id, name_key: nameKeyOf(readIamArn(arn ?? '')?.name ?? '') });

/** Whether the managed policy of this ARN is among the rows that its name found. */
export function isThere(arn: string, policies: readonly AnyRow[]): boolean {
  return policies.some(
    ({ account_id, path, policy_name }) =>
      iamArn('policy', String(account_id), String(path), String(policy_name)) === arn,
  );
}

/** Tags that are not what `tagsText` writes. */
export function tagFlaws(what: string, tags: string): readonly Flaw[] {
  if (findTags(tags) !== undefined) return [];
  return [{ check: 'identity-tags', text: `The tags of the ${what} do not read.` }];
}

/** What keeps a text from being a document of its kind. */
export function documentFlaws(
  what: string,
  text: string,
  kind: 'identity' | 'control' | 'trust',
): readonly Flaw[] {
  const fault = documentFault(text, kind);
  return fault === undefined
    ? []
    : [{ check: 'identity-policy', text: `The ${what} is not valid: ${fault}` }];
}
