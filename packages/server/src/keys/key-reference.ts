import { aliasesNotSupported, invalidArnRegion, invalidKeyId } from '@keyhaven/api-model';
import { partitionOf } from './key-arn.ts';

/** What a `KeyId` member names, before anything is looked up. */
export type KeyReference =
  | { readonly kind: 'key'; readonly accountId: string; readonly keyId: string }
  | { readonly kind: 'alias'; readonly accountId: string; readonly aliasName: string };

/** Which of the four forms an operation takes ("Key identifiers (KeyId)", KMS Developer Guide). */
export type AcceptedForms = 'any' | 'idOrArn';

const keyIdPattern = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32})$/;
const arnPattern = /^arn:(aws[a-z-]*):kms:([a-z0-9-]+):(\d{12}):(?:key\/(.+)|(alias\/.+))$/;

export const isKeyId = (text: string): boolean => keyIdPattern.test(text);

/** Reads a key id, key ARN, alias name or alias ARN; the caller's account and Region complete the short forms. */
export function parseKeyReference(
  text: string,
  caller: { readonly accountId: string; readonly region: string },
  accepts: AcceptedForms,
): KeyReference {
  const reference = parseAnyForm(text, caller);
  if (reference.kind === 'alias' && accepts === 'idOrArn') throw aliasesNotSupported();
  return reference;
}

function parseAnyForm(
  text: string,
  caller: { readonly accountId: string; readonly region: string },
): KeyReference {
  if (keyIdPattern.test(text)) return { kind: 'key', accountId: caller.accountId, keyId: text };
  if (text.startsWith('alias/')) return { kind: 'alias', accountId: caller.accountId, aliasName: text };
  const arn = arnPattern.exec(text);
  if (arn === null) throw invalidKeyId(text);
  const [, partition, region = '', accountId = '', keyId, aliasName] = arn;
  if (region !== caller.region || partition !== partitionOf(region)) throw invalidArnRegion(region);
  if (aliasName !== undefined) return { kind: 'alias', accountId, aliasName };
  if (keyId === undefined || !keyIdPattern.test(keyId)) throw invalidKeyId(text);
  return { kind: 'key', accountId, keyId };
}
