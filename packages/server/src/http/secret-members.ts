import { decodeSecretBase64, Secret } from '@keyhaven/crypto';

/** Members of an act's body, at any depth, whose value is secret bytes in Base64. */
const secretNames = ['passphrase', 'share'].map((name) => Buffer.from(name));

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;
const space = 0x20;

export interface ActBody {
  /** What the JSON says, with a Secret in the place of each text that held one. */
  readonly value: object;
  /** To be disposed when the act has ended, whoever has disposed of them before. */
  readonly secrets: readonly Secret[];
}

/**
 * Reads the body of an act; undefined for what is no JSON object. Secrets are taken out of the bytes before anything
 * becomes a string, which would stay in memory until it is collected, and legible after that. Zeroises `bytes`.
 */
export function parseActBody(bytes: Buffer): ActBody | undefined {
  const secrets: Secret[] = [];
  try {
    takeSecrets(bytes, secrets);
    const value: unknown = JSON.parse(bytes.toString('utf8'), (name, member: unknown) =>
      typeof member === 'string' && isSecretName(Buffer.from(name))
        ? (findSecret(member, secrets) ?? member)
        : member,
    );
    if (typeof value === 'object' && value !== null) return { value, secrets };
  } catch {
    // What is no JSON is refused below.
  } finally {
    bytes.fill(0);
  }
  for (const secret of secrets) secret.dispose();
  return undefined;
}

/** Puts the number of each secret where its text was; what is no Base64 goes too. */
function takeSecrets(bytes: Buffer, secrets: Secret[]): void {
  let nameEnd = -1;
  for (let at = bytes.indexOf(quote); at !== -1;) {
    const end = endOfString(bytes, at + 1);
    if (end === -1) return;
    if (nameEnd !== -1 && isColonBetween(bytes, nameEnd, at))
      takeSecret(bytes.subarray(at + 1, end), secrets);
    nameEnd = isSecretName(bytes.subarray(at + 1, end)) ? end : -1;
    at = bytes.indexOf(quote, end + 1);
  }
}

function endOfString(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at < bytes.length ? at : -1;
}

/** Whether the string that ends at `nameEnd` is the name of the value at `at`. */
function isColonBetween(bytes: Buffer, nameEnd: number, at: number): boolean {
  const between = bytes.subarray(nameEnd + 1, at);
  return between.includes(colon) && between.every((byte) => byte === colon || byte <= space);
}

function isSecretName(name: Buffer): boolean {
  return secretNames.some((one) => one.equals(name));
}

function takeSecret(text: Buffer, secrets: Secret[]): void {
  const decoded = decodeSecretBase64(text);
  text.fill(space);
  if (decoded === undefined || decoded.length === 0) return;
  // Base64 of a byte has four characters, so that a number finds room where there can be that many secrets.
  text.write(String(secrets.length));
  secrets.push(Secret.take(decoded));
}

function findSecret(member: string, secrets: readonly Secret[]): Secret | undefined {
  return /^\d+ *$/.test(member) ? secrets[Number(member)] : undefined;
}
