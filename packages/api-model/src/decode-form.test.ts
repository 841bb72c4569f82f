import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeForm } from './decode-form.ts';
import { decodeInput } from './decode.ts';
import { AwsError } from './errors.ts';
import { parseForm } from './form.ts';
import { flag, integer, list, required, string, structure, timestamp } from './shape.ts';
import { validateInput } from './validate.ts';

const members = {
  RoleArn: required(string({ min: 3 })),
  Seconds: integer(),
  IsDry: flag(),
  At: timestamp(),
  Names: list(string(), { max: 3 }),
  Tags: list(structure({ Key: required(string()), Value: required(string()) })),
  Nested: structure({ Inner: structure({ Deep: list(integer()) }) }),
};

const decode = (text: string) => decodeInput(members, decodeForm(members, parseForm(text)));

function refusalOf(text: string): string {
  try {
    const input = decode(text);
    validateInput(members, input);
  } catch (error) {
    if (error instanceof AwsError) return `${error.code}: ${error.text}`;
    throw error;
  }
  throw new Error('it was read');
}

/** A form as AWS's SDKs write one. */
function encodeForm(value: Readonly<Record<string, unknown>>, flattened: boolean): string {
  const parameters: string[] = [];
  const write = (name: string, one: unknown): void => {
    if (Array.isArray(one)) {
      if (one.length === 0) parameters.push(`${encodeURIComponent(name)}=`);
      for (const [index, item] of one.entries())
        write(`${name}${flattened ? '' : '.member'}.${index + 1}`, item);
    } else if (typeof one === 'object' && one !== null) {
      for (const [member, inner] of Object.entries(one)) write(`${name}.${member}`, inner);
    } else if (one !== undefined) {
      parameters.push(
        `${encodeURIComponent(name)}=${encodeURIComponent(typeof one === 'string' ? one : JSON.stringify(one))}`,
      );
    }
  };
  for (const [name, one] of Object.entries(value)) write(name, one);
  return parameters.join('&');
}

const text = fc.string({ unit: 'binary' });
const inputs = fc.record(
  {
    RoleArn: text,
    Seconds: fc.integer({ min: -0x80000000, max: 0x7fffffff }),
    IsDry: fc.boolean(),
    Names: fc.array(text, { maxLength: 12 }),
    Tags: fc.array(fc.record({ Key: text, Value: text }), { minLength: 1, maxLength: 60 }),
    Nested: fc.record({ Inner: fc.record({ Deep: fc.array(fc.integer({ min: 0, max: 9 })) }) }),
  },
  { requiredKeys: [] },
);

describe('a form of AWS Query', () => {
  it.each([true, false])('is read back as it was written, its lists flattened: %s', (flattened) => {
    fc.assert(
      fc.property(inputs, (input) => {
        const decoded = decode(encodeForm(input, flattened));
        for (const [name, value] of Object.entries(input)) expect(Reflect.get(decoded, name)).toEqual(value);
      }),
    );
  });

  it('is read with its parameters in any order, a list beyond nine items among them', () => {
    const items = Array.from({ length: 12 }, (_, index) => `Names.member.${index + 1}=n${index + 1}`);
    const { Names: names } = decode(['RoleArn=abc', ...items].reverse().join('&'));
    expect(names).toEqual(Array.from({ length: 12 }, (_, index) => `n${index + 1}`));
  });

  it('reads a plus as a space, an escaped one as itself, and an empty value as empty text', () => {
    expect(decode('RoleArn=a+b%2Bc').RoleArn).toBe('a b+c');
    expect(decode('RoleArn').RoleArn).toBe('');
    expect(decode('&RoleArn=x&&').RoleArn).toBe('x');
  });

  it('reads a moment to the millisecond', () => {
    expect(decode('At=2026-03-14T09:26:53Z').At).toBe(Date.UTC(2026, 2, 14, 9, 26, 53));
    expect(decode('At=2026-03-14T09:26:53.250Z').At).toBe(Date.UTC(2026, 2, 14, 9, 26, 53, 250));
  });

  it('leaves unknown parameters and members alone, names of every object among them', () => {
    const decoded = decode('Other.member.1=x&__proto__=y&constructor.name=z&Tags.1.Key=k&Tags.1.Other=o');
    expect(decoded).toEqual({ ...decode(''), Tags: [{ Key: 'k', Value: undefined }] });
  });

  it('leaves constraints to the validation, whose paths count from one', () => {
    expect(refusalOf('RoleArn=abc&Tags.member.1.Value=v')).toBe(
      "ValidationException: 1 validation error detected: Value null at 'tags.1.member.key' failed to satisfy constraint: Member must not be null",
    );
    expect(refusalOf('Seconds=5')).toContain("Value null at 'roleArn'");
    expect(refusalOf('RoleArn=abc&Names.1=a&Names.2=b&Names.3=c&Names.4=d')).toContain(
      'Member must have length less than or equal to 3',
    );
  });
});

describe('a form is refused with MalformedInput', () => {
  it.each([
    ['a value twice', 'RoleArn=abc&RoleArn=abd'],
    ['an item twice', 'Names.member.1=a&Names.member.1=a'],
    ['an item in both forms', 'Names.member.1=a&Names.1=a'],
    ['an empty list beside items', 'Names=&Names.member.1=a'],
    ['a list with a value', 'Names=a'],
    ['a list whose wrapper has a value', 'Names.member=a&Names.member.1=b'],
    ['a gap', 'Names.member.1=a&Names.member.3=b'],
    ['an item 0', 'Names.member.0=a&Names.member.1=b'],
    ['an item 01', 'Names.member.01=a'],
    ['a negative item', 'Names.member.-1=a'],
    ['an item without a number', 'Names.member.=a'],
    ['an item of a far number', 'Names.member.4294967296=a'],
    ['an item with parts where it is text', 'Names.member.1.Key=a'],
    ['a structure with a value', 'Tags.member.1=a'],
    ['text with parts', 'RoleArn=abc&RoleArn.Part=d'],
    ['text with parts alone', 'RoleArn.1=d'],
    ['words for a number', 'Seconds=many'],
    ['a fraction', 'Seconds=1.5'],
    ['an exponent', 'Seconds=1e3'],
    ['a number with zeros before it', 'Seconds=0900'],
    ['a number with a sign', 'Seconds=%2B900'],
    ['a number beyond 32 bits', 'Seconds=2147483648'],
    ['an empty number', 'Seconds='],
    ['another word for true', 'IsDry=TRUE'],
    ['a date without a time', 'At=2026-03-14'],
    ['a date that does not exist', 'At=2026-13-14T09:26:53Z'],
    ['a name of too many parts', `Nested${'.Inner'.repeat(8)}=1`],
    ['half an escape', 'RoleArn=%2'],
    ['an escape that is none', 'RoleArn=%zz'],
    ['bytes that are not UTF-8', 'RoleArn=%ff%fe'],
    ['a lone surrogate in UTF-8', 'RoleArn=%ed%a0%80'],
    ['an escape in a name that is not UTF-8', '%c3=1'],
    ['a byte that should be escaped', 'RoleArn=\u00e9'],
    ['a line break', 'RoleArn=a\nb'],
  ])('for %s', (_, form) => {
    expect(refusalOf(form)).toMatch(/^MalformedInput: The /);
  });

  it('for a list of more than a thousand items', () => {
    const form = Array.from({ length: 1001 }, (_, index) => `Names.${index + 1}=`).join('&');
    expect(refusalOf(form)).toBe('MalformedInput: The parameter Names has too many items.');
  });

  it('and never ends in anything else, whatever it is', () => {
    const part = fc.constantFrom(
      'RoleArn',
      'Names',
      'Tags',
      'member',
      '1',
      '2',
      'Key',
      '.',
      '=',
      '&',
      '%41',
      '%',
      '+',
    );
    const hostile = fc.oneof(
      fc.array(part, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.string(),
    );
    fc.assert(
      fc.property(hostile, (form) => {
        try {
          validateInput(members, decode(form));
        } catch (error) {
          expect(error).toBeInstanceOf(AwsError);
        }
      }),
      { numRuns: 2000, seed: 20_260_314 },
    );
  });
});
