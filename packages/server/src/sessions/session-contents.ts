import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** What a session token holds. Nothing in it is secret: it is sealed so that nobody can change it. */
export interface SessionContents {
  readonly accessKeyId: string;
  /** Whose session it is; a union by `kind`, to be extended by those of users and of federated users. */
  readonly principal: {
    readonly kind: 'assumed-role';
    readonly accountId: string;
    readonly roleId: string;
    readonly roleName: string;
    readonly path: string;
    readonly sessionName: string;
  };
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly policies: readonly { readonly name: string; readonly document: string }[];
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | null;
  readonly chainDepth: number;
}

/** The first byte: JSON, deflated. A later format gets another number, and this one stays readable. */
const format = 1;

/** The longest text that is packed; unpacked contents stay in memory for as long as the session is used. */
const mostCharacters = 256 * 1024;

/**
 * The contents as a token holds them, filled up with zeros to `leastBytes`; undefined where they are too long whatever becomes of
 * them.
 */
export function packContents(contents: SessionContents, leastBytes: number): Buffer | undefined {
  const text = JSON.stringify(contents);
  if (text.length > mostCharacters) return undefined;
  // What the caller chose lies beside nothing that it must not learn, so its length may tell what it likes.
  const deflated = deflateRawSync(text);
  const packed = Buffer.alloc(Math.max(leastBytes, 1 + deflated.length));
  packed[0] = format;
  packed.set(deflated, 1);
  return packed;
}

/** What `packContents` packed and a domain key has vouched for; undefined for a format of another version. */
export function unpackContents(packed: Buffer): SessionContents | undefined {
  if (packed[0] !== format) return undefined;
  // What fills a token up stands behind the end that the compression marks. A character is at most three bytes of UTF-8.
  const text = inflateRawSync(packed.subarray(1), { maxOutputLength: 3 * mostCharacters });
  return JSON.parse(text.toString('utf8')) as SessionContents;
}
