import { encodeFields, equalConstantTime, hmacSha256 } from '@keyhaven/crypto';
import type { NewRow } from '../../storage/table.ts';
import type { importParametersTable } from '../../storage/tables.ts';

/*
 * An import token says which parameters it belongs to and proves that this service made it:
 *
 *   0      01
 *   1-16   id of the parameters
 *   17-24  when they expire, epoch milliseconds
 *   25-56  HMAC-SHA-256 of the key ARN and all that the parameters were made for
 *
 * The HMAC's key is drawn for each token and lies wrapped in the parameters' row beside the private key. A token so lives
 * exactly as long as the private key that it names, through rotations of the domain keys and restarts. The time stands in
 * clear so that an old token is told from a damaged one when its row is gone.
 */
const version = 1;
const idBytes = 16;
const timeAt = 1 + idBytes;
const macAt = timeAt + 8;
const tokenBytes = macAt + 32;

type ParametersRow = Omit<NewRow<typeof importParametersTable>, 'wrapped'>;

/** What a token says, which may be anybody's invention until `isTokenOf` has spoken. */
export interface ImportToken {
  readonly parametersId: string;
  readonly expiresAt: number;
  readonly mac: Buffer;
}

export function makeImportToken(tokenKey: Uint8Array, row: ParametersRow, keyArn: string): Buffer {
  const token = Buffer.alloc(tokenBytes);
  token[0] = version;
  token.write(row.id, 1, 'hex');
  token.writeBigUInt64BE(BigInt(row.expires_at), timeAt);
  token.set(macOf(tokenKey, row, keyArn), macAt);
  return token;
}

/** Undefined for bytes that have not the form of a token. */
export function readImportToken(token: Buffer): ImportToken | undefined {
  if (token.length !== tokenBytes || token[0] !== version) return undefined;
  return {
    parametersId: token.toString('hex', 1, timeAt),
    expiresAt: Number(token.readBigUInt64BE(timeAt)),
    mac: token.subarray(macAt),
  };
}

/** Whether the token was made with these parameters for this key; in constant time. */
export function isTokenOf(
  tokenKey: Uint8Array,
  { expiresAt, mac }: ImportToken,
  row: ParametersRow,
  keyArn: string,
): boolean {
  return equalConstantTime(macOf(tokenKey, row, keyArn), mac) && expiresAt === row.expires_at;
}

function macOf(tokenKey: Uint8Array, row: ParametersRow, keyArn: string): Buffer {
  const { id, wrapping_algorithm, wrapping_key_spec, expires_at } = row;
  const fields = ['import token', version, keyArn, id, wrapping_algorithm, wrapping_key_spec, expires_at];
  return hmacSha256(tokenKey, encodeFields(fields));
}
