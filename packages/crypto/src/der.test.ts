import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DerError, readDerElement, readDerElements } from './der-reader.ts';
import { derElement, derObjectIdentifier, derSequence, derSmallInteger } from './der-writer.ts';

const hex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

describe('The DER writer', () => {
  it('writes an AlgorithmIdentifier as X.690 has it', () => {
    const algorithm = derSequence(derObjectIdentifier('608648016503040201'), derElement(0x05));
    expect(algorithm.toString('hex')).toBe('300d06096086480165030402010500');
    expect(derSmallInteger(2).toString('hex')).toBe('020102');
  });

  it.each([
    [127, '047f'],
    [128, '048180'],
    [255, '0481ff'],
    [256, '04820100'],
    [65_535, '0482ffff'],
    [65_536, '0483010000'],
  ])('writes the length %d in its shortest form', (length, head) => {
    const element = derElement(0x04, Buffer.alloc(length));
    expect(element.subarray(0, head.length / 2).toString('hex')).toBe(head);
    expect(readDerElement(element, 0x04)).toHaveLength(length);
  });

  it('writes what the reader reads back', () => {
    const contents = fc.uint8Array({ maxLength: 300 });
    const element = fc.record({ identifier: fc.constantFrom(0x02, 0x04, 0x30, 0x80, 0xa3), contents });
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), (elements) => {
        const bytes = Buffer.concat(
          elements.map(({ identifier, contents }) => derElement(identifier, contents)),
        );
        const read = readDerElements(bytes);
        expect(read.map(({ identifier }) => identifier)).toEqual(
          elements.map(({ identifier }) => identifier),
        );
        for (const [index, { contents: found }] of read.entries())
          expect(found.equals(elements[index]?.contents ?? Buffer.from('?'))).toBe(true);
      }),
    );
  });
});

describe('The DER reader refuses', () => {
  it.each([
    ['an element cut short', '0402 00'],
    ['an identifier without a length', '04'],
    ['the indefinite form', '3080 0000'],
    ['a length in a longer form than it needs', '0481 7f'.padEnd(6 + 254, '0')],
    ['a length with a zero before it', '0482 0080'.padEnd(9 + 256, '0')],
    ['a length that is cut short', '0482 01'],
    ['a length of more than three bytes', '0484 00000001 00'],
    ['a tag number of several bytes', '1f81 0100'],
  ])('%s', (_, digits) => {
    expect(() => readDerElements(hex(digits))).toThrow(DerError);
  });

  it.each([
    ['another identifier', '0500'],
    ['a second element', '04000400'],
    ['nothing', ''],
  ])('%s where one element was expected', (_, digits) => {
    expect(() => readDerElement(hex(digits), 0x04)).toThrow(DerError);
  });

  it('whatever it is given with no other error than its own', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          for (const { contents } of readDerElements(Buffer.from(bytes)))
            expect(contents.length).toBeLessThan(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(DerError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
