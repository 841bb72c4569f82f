import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import * as model from './index.ts';
import { decodeInput, encodeOutput, type OutputOf, parseJsonBody, required } from './index.ts';

const members = {
  KeyId: required(model.keyId),
  Blob: model.blob(),
  Text: model.description,
  KeySpec: model.keySpec,
  Count: model.integer(),
  Truncated: model.flag(),
  Date: model.timestamp(),
  Tags: model.tags,
  Context: model.stringMap(),
  KeyMetadata: model.keyMetadata,
};

describe('encoding an output', () => {
  it('writes blobs as Base64, moments as seconds and Maps as objects, and leaves absent members out', () => {
    const text = encodeOutput(members, {
      KeyId: 'k',
      Blob: Buffer.from('hi'),
      Text: undefined,
      Truncated: false,
      Date: 1521097200123,
      Context: new Map([['__proto__', 'x']]),
      KeyMetadata: { KeyId: 'k', Enabled: true, MultiRegionConfiguration: { ReplicaKeys: [] } },
    });
    expect(text).toBe(
      '{"KeyId":"k","Blob":"aGk=","Truncated":false,"Date":1521097200.123,"Context":{"__proto__":"x"},' +
        '"KeyMetadata":{"KeyId":"k","Enabled":true,"MultiRegionConfiguration":{"ReplicaKeys":[]}}}',
    );
  });

  it('writes an empty object when nothing is present', () => {
    expect(encodeOutput({ NextMarker: model.marker }, {})).toBe('{}');
  });

  it.each([
    [1521097200000, '1521097200'],
    [1521097200120, '1521097200.12'],
    [1521097200123.4, '1521097200.123'],
    [0, '0'],
    [1, '0.001'],
  ])('writes the moment %d ms as %s', (Date, seconds) => {
    expect(encodeOutput({ Date: model.timestamp() }, { Date })).toBe(`{"Date":${seconds}}`);
  });

  it('escapes what JSON needs escaped', () => {
    const Text = '"\\\u0000\n\u2028\ud800</script>';
    expect(JSON.parse(encodeOutput({ Text: model.string() }, { Text }))).toEqual({ Text });
    const Context = new Map([['"a\n', '"b\\']]);
    expect(JSON.parse(encodeOutput({ Context: model.stringMap() }, { Context }))).toEqual({
      Context: { '"a\n': '"b\\' },
    });
  });

  it('does not compile without a required member, with an unknown enum value or with a number for a blob', () => {
    // @ts-expect-error KeyId is required
    expectTypeOf<object>().toExtend<OutputOf<typeof members>>();
    // @ts-expect-error AES is no key spec
    expectTypeOf<{ KeyId: string; KeySpec: 'AES' }>().toExtend<OutputOf<typeof members>>();
    // @ts-expect-error a blob is a Buffer
    expectTypeOf<{ KeyId: string; Blob: number }>().toExtend<OutputOf<typeof members>>();
  });

  it('writes what decoding reads back', () => {
    const text = fc.string({ unit: 'binary' });
    const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const output = fc.record({
      KeyId: text,
      Blob: optional(fc.uint8Array().map((bytes) => Buffer.from(bytes))),
      Text: optional(text),
      KeySpec: optional(fc.constantFrom(...model.keySpec.values)),
      Count: optional(fc.integer()),
      Truncated: optional(fc.boolean()),
      Date: optional(fc.integer({ min: 0, max: 4e12 })),
      Tags: optional(fc.array(fc.record({ TagKey: text, TagValue: text }))),
      Context: optional(
        fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key }).map((pairs) => new Map(pairs)),
      ),
    });
    fc.assert(
      fc.property(output, (value) => {
        const body = Buffer.from(encodeOutput(members, value));
        expect(decodeInput(members, parseJsonBody(body))).toEqual({ ...value, KeyMetadata: undefined });
      }),
    );
  });
});
