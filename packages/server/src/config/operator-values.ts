import { OptionValueError, splitList } from './option-values.ts';
import type { AdminOperator } from './service-options.ts';

/** Who acts in the journal where no certificate was shown: through the socket, or by itself at a start. */
const reservedNames: ReadonlySet<string> = new Set(['socket', 'start']);

/** `NAME=SHA256HEX`; the fingerprint may have colons, as `openssl x509 -fingerprint` prints it. */
export function parseOperators(texts: readonly string[]): readonly AdminOperator[] {
  const operators = splitList(texts).map(parseOperator);
  const fingerprints = new Set(operators.map(({ fingerprint }) => fingerprint));
  if (fingerprints.size < operators.length)
    throw new OptionValueError('must name each certificate once, so that the journal tells who acted');
  return operators;
}

function parseOperator(text: string): AdminOperator {
  const [, name, digits = ''] = /^([A-Za-z0-9][A-Za-z0-9._@-]{0,63})=([0-9A-Fa-f:]*)$/.exec(text) ?? [];
  const fingerprint = digits.replaceAll(':', '').toLowerCase();
  if (name !== undefined && reservedNames.has(name))
    throw new OptionValueError(`must not be called ${name}: the journal has that name for something else`);
  if (name !== undefined && fingerprint.length === 64) return { name, fingerprint };
  throw new OptionValueError(
    'must be a name and the SHA-256 fingerprint of a certificate, such as alice=9f86d0... (64 hexadecimal digits)',
  );
}

/** The inverse of `parseOperators`. */
export function writeOperators(operators: readonly AdminOperator[]): readonly string[] {
  return operators.map(({ name, fingerprint }) => `${name}=${fingerprint}`);
}
