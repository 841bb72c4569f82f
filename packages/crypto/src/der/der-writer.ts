import { secretMemory } from '../secret-memory.ts';
import { derTag } from './der-tags.ts';

/** A value to write: its tag, and its contents as bytes or as values. */
export interface DerValue {
  readonly tag: number;
  readonly contents: Uint8Array | readonly DerValue[];
  /** What stands before contents that are bytes: the sign of an INTEGER, the unused bits of a BIT STRING. */
  readonly zeroFirst?: boolean;
}

export function derSequence(...values: readonly DerValue[]): DerValue {
  return { tag: derTag.sequence, contents: values };
}

/** A non-negative INTEGER of this magnitude, whatever zeros it begins with. */
export function derInteger(magnitude: Uint8Array): DerValue {
  const first = magnitude.findIndex((byte) => byte !== 0);
  const contents = first === -1 ? magnitude.subarray(0, 0) : magnitude.subarray(first);
  return { tag: derTag.integer, contents, zeroFirst: (contents[0] ?? 0x80) >= 0x80 };
}

export function derOctetString(contents: Uint8Array | readonly DerValue[]): DerValue {
  return { tag: derTag.octetString, contents };
}

export function derBitString(contents: Uint8Array): DerValue {
  return { tag: derTag.bitString, contents, zeroFirst: true };
}

/** The value's DER, in memory of its own, for the caller to zeroise where it is secret. */
export function encodeDer(value: DerValue): Buffer {
  const encoded = secretMemory(encodedBytes(value));
  writeValue(encoded, 0, value);
  return encoded;
}

function contentBytes({ contents, zeroFirst }: DerValue): number {
  const bytes =
    contents instanceof Uint8Array
      ? contents.length
      : contents.reduce((sum, one) => sum + encodedBytes(one), 0);
  return zeroFirst === true ? bytes + 1 : bytes;
}

function encodedBytes(value: DerValue): number {
  const bytes = contentBytes(value);
  return 1 + lengthBytes(bytes) + bytes;
}

function lengthBytes(length: number): number {
  if (length < 0x80) return 1;
  if (length < 0x100) return 2;
  return length < 0x10000 ? 3 : 4;
}

function writeValue(target: Buffer, start: number, value: DerValue): number {
  const length = contentBytes(value);
  const lengthSize = lengthBytes(length);
  target[start] = value.tag;
  if (lengthSize === 1) target[start + 1] = length;
  else {
    target[start + 1] = 0x80 | (lengthSize - 1);
    target.writeUIntBE(length, start + 2, lengthSize - 1);
  }
  let at = start + 1 + lengthSize;
  if (value.zeroFirst === true) target[at++] = 0;
  if (value.contents instanceof Uint8Array) {
    target.set(value.contents, at);
    return at + value.contents.length;
  }
  for (const inner of value.contents) at = writeValue(target, at, inner);
  return at;
}
