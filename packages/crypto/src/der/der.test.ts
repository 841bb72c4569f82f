import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDer } from './der-reader.ts';
import { contextTag, derTag } from './der-tags.ts';
import {
  derBitString,
  derInteger,
  derOctetString,
  derSequence,
  type DerValue,
  encodeDer,
} from './der-writer.ts';
import { hex } from '../asymmetric/key-pairs.test-support.ts';

function readOctets(bytes: Uint8Array): string | undefined {
  const contents = readDer(bytes, (reader) => reader.contents(derTag.octetString));
  return contents && Buffer.from(contents).toString('hex');
}

function readInteger(digits: string): string | undefined {
  const magnitude = readDer(hex(digits), (reader) => reader.unsignedInteger());
  return magnitude && Buffer.from(magnitude).toString('hex');
}

describe('DER', () => {
  it('is read as it was written, at every width of the length', () => {
    for (const length of [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x10000]) {
      const contents = Buffer.alloc(length, 7);
      expect(readOctets(encodeDer(derOctetString(contents)))).toBe(contents.toString('hex'));
    }
  });

  it('is written with a zero before what would be negative, and contents inside contents', () => {
    const value: DerValue = derSequence(
      derInteger(hex('0000')),
      derInteger(hex('00ff')),
      derInteger(hex('7f')),
      derOctetString([derBitString(hex('0102'))]),
      { tag: contextTag(0, 'primitive'), contents: hex('aa') },
    );
    expect(encodeDer(value).toString('hex')).toBe(
      '3014' + '020100' + '020200ff' + '02017f' + '0405' + '0303000102' + '8001aa',
    );
  });

  it.each([
    ['no bytes', ''],
    ['a tag alone', '04'],
    ['fewer bytes than the length says', '0402aa'],
    ['more bytes than the length says', '0401aabb'],
    ['another tag', '0201aa'],
    ['an indefinite length', '0480aa0000'],
    ['a long form where the short one would do', '048101aa'],
    ['a long form with a leading zero', '04820081' + 'aa'.repeat(0x81)],
    ['a length of four bytes', '048400000001aa'],
    ['a reserved length', '04ffaa'],
    ['a length cut off', '0482'],
  ])('is refused: %s', (_what, digits) => {
    expect(readOctets(hex(digits))).toBeUndefined();
  });

  it.each([
    ['020100', ''],
    ['02017f', '7f'],
    ['02020080', '80'],
    ['020300ffff', 'ffff'],
    ['0200', undefined],
    ['0201ff', undefined],
    ['02020001', undefined],
    ['0202007f', undefined],
    ['0203000080', undefined],
  ])('has integers without needless zeros, and none below zero: %s', (digits, magnitude) => {
    expect(readInteger(digits)).toBe(magnitude);
  });

  it('has bit strings of whole bytes only', () => {
    const read = (digits: string): Uint8Array | undefined =>
      readDer(hex(digits), (reader) => reader.bitString());
    expect(read('030200aa')).toEqual(hex('aa'));
    for (const wrong of ['030204a0', '0300', '030201aa', '0402' + '00aa'])
      expect(read(wrong)).toBeUndefined();
  });

  it('lets nothing stand behind the last member of a sequence', () => {
    const read = (digits: string): Uint8Array | undefined =>
      readDer(hex(digits), (reader) =>
        reader.inside(derTag.sequence, (inner) => inner.contents(derTag.octetString)),
      );
    expect(read('3003' + '0401aa')).toEqual(hex('aa'));
    for (const wrong of ['3005' + '0401aa' + '0500', '3003' + '0401aa' + '0500', '3000']) {
      expect(read(wrong)).toBeUndefined();
    }
  });

  it('passes the errors of others on', () => {
    const failing = (): never => {
      throw new Error('on purpose');
    };
    expect(() => readDer(hex('0500'), failing)).toThrow('on purpose');
  });

  it('is read to the same bytes that it is written from, or not at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const contents = readDer(bytes, (reader) => reader.contents(derTag.octetString));
        if (contents !== undefined) expect(encodeDer(derOctetString(contents)).equals(bytes)).toBe(true);
      }),
    );
  });
});
