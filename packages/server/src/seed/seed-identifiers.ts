import { encodeFields, sha256, sha256Hex } from '@keyhaven/crypto';
import { type IdentityKind, nameKeyOf, uniqueIdOf } from '../identities/identifiers.ts';

/** What tells one key of a seed file without `keyId` from the others of its account and Region. */
export type SeedKeyIdentity =
  | { readonly kind: 'alias'; readonly aliasName: string }
  /** Its place among the keys of its Region that have neither `keyId` nor alias, counted from 0. */
  | { readonly kind: 'place'; readonly place: number };

/**
 * The key id of a seeded key that names none: the same at every start and on every machine, so that applying a file
 * twice makes no second key. It is shaped as a version 4 UUID, as AWS's are. Not a secret: key ids never are.
 */
export function seedKeyId(accountId: string, region: string, identity: SeedKeyIdentity): string {
  const which = identity.kind === 'alias' ? identity.aliasName : identity.place;
  const bytes = sha256(encodeFields(['keyhaven/seed/key-id/1', accountId, region, identity.kind, which]));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The id of key material that a seed file gives: a hash of where it stands, so that a ciphertext blob still finds its
 * key after the data folder was wiped and made again from the same file. Never of the material itself: the id is
 * public, stands in every blob, and would otherwise be a test for guesses at the key.
 */
export function seedKeyMaterialId(
  address: { readonly accountId: string; readonly region: string; readonly keyId: string },
  position: number,
): string {
  const { accountId, region, keyId } = address;
  return sha256Hex(encodeFields(['keyhaven/seed/key-material-id/1', accountId, region, keyId, position]));
}

/** The id of a grant that a seed file makes, by its position among those of its key: the same on every machine. */
export function seedGrantId(
  {
    accountId,
    region,
    keyId,
  }: { readonly accountId: string; readonly region: string; readonly keyId: string },
  position: number,
): string {
  return sha256Hex(encodeFields(['keyhaven/seed/grant-id/1', accountId, region, keyId, position]));
}

/**
 * The unique id of a principal or policy that a seed file makes: the same at every start and on every machine, so that a
 * folder that was wiped and made again from the same file has the same principals to whoever knows them by their ids.
 */
export function seedUniqueId(kind: IdentityKind, accountId: string, name: string): string {
  return uniqueIdOf(
    kind,
    sha256(encodeFields(['keyhaven/seed/unique-id/1', kind, accountId, nameKeyOf(name)])),
  );
}
