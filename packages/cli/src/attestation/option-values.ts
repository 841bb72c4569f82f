import { InvalidArgumentError } from 'commander';

// Values of flags; each throws InvalidArgumentError, which ends the command as wrong usage.

/** Registers by their numbers. */
export type Registers = ReadonlyMap<number, Buffer>;

/** `N=HEX`, added to those that were given before. */
export function parseRegister(text: string, previous: Registers | undefined): Registers {
  const [, number = '', digits = ''] = /^(\d{1,2})=([0-9A-Fa-f]+)$/.exec(text) ?? [];
  const index = number === '' ? Number.NaN : Number(number);
  if (!(index <= 31) || ![64, 96, 128].includes(digits.length))
    throw new InvalidArgumentError(
      'A register is its number, 0 to 31, an equals sign, and 64, 96 or 128 hexadecimal digits.',
    );
  if (previous?.has(index) === true) throw new InvalidArgumentError(`Register ${index} is given twice.`);
  return new Map([...(previous ?? []), [index, Buffer.from(digits, 'hex')]]);
}

/** Up to 512 bytes in hexadecimal. */
export function parseBytes(text: string): Buffer {
  if (/^(?:[0-9A-Fa-f]{2}){0,512}$/.test(text)) return Buffer.from(text, 'hex');
  throw new InvalidArgumentError('It must be at most 512 bytes in hexadecimal, two digits each.');
}

export function parseModuleId(text: string): string {
  if (/^[\x21-\x7e]{1,256}$/.test(text)) return text;
  throw new InvalidArgumentError('A module id is 1 to 256 visible ASCII characters.');
}

/** A name of a certificate: RFC 5280, appendix A, bounds it. */
export function parseCommonName(text: string): string {
  if (/^[\x20-\x7e]{1,64}$/.test(text) && text.trim() === text) return text;
  throw new InvalidArgumentError('A name is 1 to 64 ASCII characters.');
}

export function parseDays(text: string): number {
  return parseWhole(text, 36_500);
}

export function parseMinutes(text: string): number {
  return parseWhole(text, 525_600);
}

function parseWhole(text: string, most: number): number {
  const number = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 1 && number <= most) return number;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${most}.`);
}
