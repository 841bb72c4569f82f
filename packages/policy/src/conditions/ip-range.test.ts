import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findIpRange } from './ip-range.ts';

describe('findIpRange', () => {
  it.each([
    ['192.0.2.1', [0xc000, 0x0201], 32],
    ['192.0.2.1/0', [0xc000, 0x0201], 0],
    ['2001:db8::1', [0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 128],
    ['::', [0, 0, 0, 0, 0, 0, 0, 0], 128],
    ['1::/16', [1, 0, 0, 0, 0, 0, 0, 0], 16],
    ['1:2:3:4:5:6:192.0.2.1', [1, 2, 3, 4, 5, 6, 0xc000, 0x0201], 128],
    ['64:ff9b::192.0.2.1', [0x64, 0xff9b, 0, 0, 0, 0, 0xc000, 0x0201], 128],
    ['::FFFF:192.0.2.1/112', [0xc000, 0x0201], 16],
    ['::ffff:c000:201', [0xc000, 0x0201], 32],
    ['::ffff:0:0/95', [0, 0, 0, 0, 0, 0xffff, 0, 0], 95],
  ])('reads %s', (text, groups, prefix) => {
    expect(findIpRange(text)).toEqual({ groups, prefix });
  });

  it.each([
    '',
    '/8',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '12345::',
    'g::',
    '1.2.3.4::',
    '1.2.3.4:1::2',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '::1/129',
    '::1/-1',
    '::1/1.0',
    '1.2.3.4.5',
    '1.2.3',
    '01.2.3.4',
    '256.0.0.1',
    ' 1.2.3.4',
    '1.2.3.4\n',
  ])('refuses %j', (text) => {
    expect(findIpRange(text)).toBeUndefined();
  });

  it('takes for addresses what the platform does', () => {
    const piece = fc.constantFrom(':', '::', '.', '0', '1', '12', '255', '256', 'ffff', 'a', '1.2.3.4');
    const near = fc.array(piece, { maxLength: 16 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(near, fc.ipV4(), fc.ipV6()), (text) => {
        expect(findIpRange(text) !== undefined).toBe(isIPv4(text) || isIPv6(text));
      }),
      { numRuns: 5000 },
    );
  });
});
