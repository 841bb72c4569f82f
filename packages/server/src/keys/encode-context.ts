import { encodeEncryptionContext } from '@keyhaven/crypto';

const noContext = encodeEncryptionContext(new Map());

/** The encryption context as associated data; an absent one and an empty one are the same. */
export function encodeContext(context: ReadonlyMap<string, string> | undefined): Buffer {
  return context === undefined || context.size === 0 ? noContext : encodeEncryptionContext(context);
}
