import { aliasCharacters, aliasNameEmpty, aliasPrefixMissing, aliasReserved } from '@keyhaven/api-model';

export const aliasPrefix = 'alias/';
export const awsAliasPrefix = 'alias/aws/';

/** "Resource quotas", KMS Developer Guide. */
export const mostAliasesOfAKey = 50;

/** The rules that customers' alias names obey beyond their shape (CreateAlias, "AliasName"). */
export function assertAliasNameIsTheirs(name: string): void {
  if (!name.startsWith(aliasPrefix)) throw aliasPrefixMissing();
  if (name === aliasPrefix) throw aliasNameEmpty();
  if (name.includes(':')) throw aliasCharacters(name);
  if (name.startsWith(awsAliasPrefix)) throw aliasReserved();
}
