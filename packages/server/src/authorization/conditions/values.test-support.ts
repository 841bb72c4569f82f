import type { AccountPermission } from '../permission.ts';
import { RequestConditions } from './condition-values.ts';
import { accountId, alice, identityOf, keyUnder, letsIn, requestOf } from '../questions.test-support.ts';
import type { JudgedPermission, RequestFacts, Values } from './condition-row.ts';

export const key = keyUnder(letsIn.nobody);
export const on = (action: string, more: object = {}): JudgedPermission => ({
  kind: 'key',
  action,
  key,
  ...more,
});
export const encrypt = on('kms:Encrypt');
export const create: AccountPermission = {
  kind: 'account',
  action: 'kms:CreateKey',
  resourceArn: '*',
  accountId,
};
export const withInput = (input: Readonly<Record<string, unknown>>): RequestFacts =>
  requestOf(alice, identityOf(), { input });

export function valueOf(
  name: string,
  permission: JudgedPermission = encrypt,
  request: RequestFacts = requestOf(alice),
  asks: 'key policy' | 'any other policy' = 'any other policy',
): Values {
  return new RequestConditions(request, permission, asks).get(name.toLowerCase());
}
