import { aliasArn, keyArn } from '../keys/key-arn.ts';
import { isKeyId, parseKeyReference } from '../keys/key-reference.ts';
import type { KmsKey } from '../keys/kms-key.ts';
import type { Ports } from '../pipeline/ports.ts';
import { noSuchKey, QuestionRefusal } from './refusals.ts';
import type { SupposedKey } from './supposed-question.ts';

/** A key as an operator names it: by key ARN or alias ARN, or by id or alias name with its Region and account. */
export interface KeyName {
  readonly key: string;
  readonly region: string | undefined;
  readonly accountId: string | undefined;
}

/** Where a key is, and how a request names it. */
export interface LocatedKey extends SupposedKey {
  readonly region: string;
  readonly accountId: string;
  readonly key: KmsKey;
}

const arnForm = /^arn:aws[a-z-]*:kms:([a-z0-9-]+):(\d{12}):(?:key\/[^:]+|alias\/.+)$/;

/** Finds the key as it is stored now. Throws QuestionRefusal for a name that is none, and for a key that is not there. */
export async function locateKey(name: KeyName, { directory }: Pick<Ports, 'directory'>): Promise<LocatedKey> {
  const named = completeName(name);
  const [, region = '', accountId = ''] = arnForm.exec(named) ?? [];
  const reference = referenceOf(named, { region, accountId });
  const aliasName = reference.kind === 'alias' ? reference.aliasName : undefined;
  const keyId =
    reference.kind === 'key'
      ? reference.keyId
      : (await directory.readAlias(accountId, region, reference.aliasName))?.target_key_id;
  const key = keyId === undefined ? undefined : await directory.readKey({ accountId, region, keyId });
  if (key === undefined) throw noSuchKey(name.key);
  return { named, keyArn: key.arn, aliasName, region, accountId, key };
}

function completeName({ key, region, accountId }: KeyName): string {
  if (key.startsWith('arn:')) return key;
  if (!isKeyId(key) && !key.startsWith('alias/')) throw noSuchKey(key);
  if (region === undefined || accountId === undefined)
    throw new QuestionRefusal(
      `Where is the key ${JSON.stringify(key)}?`,
      'Name it by its ARN, or give its Region and account as well.',
    );
  return key.startsWith('alias/') ? aliasArn(accountId, region, key) : keyArn(accountId, region, key);
}

function referenceOf(named: string, place: { readonly region: string; readonly accountId: string }) {
  try {
    return parseKeyReference(named, place, 'any');
  } catch {
    // Whatever AWS's text for a request would be: what is no name of a key names none.
    throw noSuchKey(named);
  }
}
