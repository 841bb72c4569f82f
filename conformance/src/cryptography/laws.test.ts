import { DecryptCommand, EncryptCommand, type KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms';
import { type Refusal, refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { invalidCiphertext, makeKey, type MadeKey, rotate, unknownCiphertextKey } from './made-key.ts';

let service: TestService;
let kms: KMSClient;
let key: MadeKey;

beforeAll(async () => {
  service = await startTestService();
  kms = service.client();
  key = await makeKey(kms);
});

afterAll(() => service.close());

type Pairs = readonly (readonly [string, string])[];

/** With every key an own member, `__proto__` too; the members keep their order. */
function contextOf(pairs: Pairs): Record<string, string> {
  const context: Record<string, string> = {};
  for (const [name, value] of pairs) {
    Object.defineProperty(context, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return context;
}

async function seal(plaintext: Uint8Array, pairs: Pairs = [], KeyId = key.id): Promise<Buffer> {
  const command = new EncryptCommand({ KeyId, Plaintext: plaintext, EncryptionContext: contextOf(pairs) });
  return Buffer.from((await kms.send(command)).CiphertextBlob ?? []);
}

async function open(blob: Uint8Array, pairs: Pairs = []): Promise<Buffer> {
  const command = new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: contextOf(pairs) });
  return Buffer.from((await kms.send(command)).Plaintext ?? []);
}

const plaintext = fc.uint8Array({ minLength: 1, maxLength: 4096, size: 'max' });
const shortText = fc.uint8Array({ minLength: 1, maxLength: 64 });
/** Well formed text of every plane, with the names that JavaScript's objects have anyway. */
const text = fc.oneof(
  { weight: 4, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('', '__proto__', 'constructor', 'hasOwnProperty', 'toString', '0', ' '),
  },
);
const pairs = fc.uniqueArray(fc.tuple(text, text), { maxLength: 6, selector: ([name]) => name });
const somePairs = fc.uniqueArray(fc.tuple(text, text), {
  minLength: 1,
  maxLength: 6,
  selector: ([name]) => name,
});

const distinct = (outcomes: readonly Refusal[]) =>
  [...new Set(outcomes.map((outcome) => JSON.stringify(outcome)))].map(
    (outcome) => JSON.parse(outcome) as Refusal,
  );

const runs = (numRuns: number) => ({ numRuns });

describe('for any plaintext and encryption context', () => {
  it('decrypting what was encrypted answers the plaintext', async () => {
    await fc.assert(
      fc.asyncProperty(plaintext, pairs, async (bytes, context) => {
        expect(await open(await seal(bytes, context), context)).toEqual(Buffer.from(bytes));
      }),
      runs(250),
    );
  });

  it('the order of the pairs makes no difference', async () => {
    const shuffled = somePairs.chain((context) =>
      fc.tuple(fc.constant(context), fc.shuffledSubarray(context, { minLength: context.length })),
    );
    await fc.assert(
      fc.asyncProperty(shuffled, async ([context, reordered]) => {
        expect(await open(await seal(Buffer.from('a'), context), reordered)).toEqual(Buffer.from('a'));
      }),
      runs(100),
    );
  });

  it('a changed byte anywhere in the blob refuses', async () => {
    const change = fc.record({ at: fc.nat(), xor: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(shortText, pairs, change, async (bytes, context, { at, xor }) => {
        const blob = await seal(bytes, context);
        const place = at % blob.length;
        blob[place] = (blob[place] ?? 0) ^ xor;
        const isOfUnknownKey = place >= 5 && place < 37;
        expect(await refusalOf(open(blob, context))).toEqual(
          isOfUnknownKey ? unknownCiphertextKey : invalidCiphertext,
        );
      }),
      runs(200),
    );
  });

  it('every single byte of one blob counts', async () => {
    const blob = await seal(Buffer.from('secret'), [['a', '1']]);
    const outcomes = await Promise.all(
      Array.from(blob, (byte, place) => {
        const changed = Buffer.from(blob);
        changed[place] = byte ^ 1;
        return refusalOf(open(changed, [['a', '1']]));
      }),
    );
    expect(distinct(outcomes.slice(0, 5))).toEqual([invalidCiphertext]);
    expect(distinct(outcomes.slice(5, 37))).toEqual([unknownCiphertextKey]);
    expect(distinct(outcomes.slice(37))).toEqual([invalidCiphertext]);
  });

  it('a blob cut short anywhere refuses', async () => {
    const blob = await seal(Buffer.from('secret'));
    const lengths = Array.from({ length: blob.length - 1 }, (_, index) => index + 1);
    const outcomes = await Promise.all(lengths.map((length) => refusalOf(open(blob.subarray(0, length)))));
    expect(distinct(outcomes)).toEqual([invalidCiphertext]);
  });

  it('a context of which one character is changed, added or taken away refuses', async () => {
    const edit = fc.record({ pair: fc.nat(), side: fc.constantFrom(0, 1), at: fc.nat(), kind: fc.nat(2) });
    await fc.assert(
      fc.asyncProperty(somePairs, edit, async (context, { pair, side, at, kind }) => {
        const edited = context.map(([name, value]) => [name, value] as [string, string]);
        const chosen = edited[pair % edited.length];
        if (chosen === undefined) return;
        const characters = Array.from(chosen[side]);
        const place = characters.length === 0 ? 0 : at % characters.length;
        if (kind === 0) characters.splice(place, 0, '\u{1F511}');
        else if (kind === 1) characters.splice(place, 1, characters[place] === 'x' ? 'y' : 'x');
        else characters.splice(place, 1);
        chosen[side] = characters.join('');
        fc.pre(new Set(edited.map(([name]) => name)).size === edited.length);
        fc.pre(JSON.stringify(edited) !== JSON.stringify(context));
        const blob = await seal(Buffer.from('a'), context);
        expect(await refusalOf(open(blob, edited))).toEqual(invalidCiphertext);
      }),
      runs(200),
    );
  });

  it('no two different contexts open the same blob', async () => {
    const sorted = (context: Pairs) => JSON.stringify([...context].sort(([a], [b]) => (a < b ? -1 : 1)));
    await fc.assert(
      fc.asyncProperty(pairs, pairs, async (context, other) => {
        fc.pre(sorted(context) !== sorted(other));
        expect(await refusalOf(open(await seal(Buffer.from('a'), context), other))).toEqual(
          invalidCiphertext,
        );
      }),
      runs(100),
    );
  });

  it('re-encrypting moves the plaintext from one context to the other', async () => {
    await fc.assert(
      fc.asyncProperty(shortText, pairs, pairs, async (bytes, from, to) => {
        const command = new ReEncryptCommand({
          CiphertextBlob: await seal(bytes, from),
          SourceEncryptionContext: contextOf(from),
          DestinationKeyId: key.id,
          DestinationEncryptionContext: contextOf(to),
        });
        const { CiphertextBlob } = await kms.send(command);
        expect(await open(CiphertextBlob ?? new Uint8Array(), to)).toEqual(Buffer.from(bytes));
      }),
      runs(60),
    );
  });
});

/** Contexts that careless encodings take for each other; none opens a blob of another. */
const lookalikes: readonly Pairs[] = [
  [],
  [['', '']],
  [['a', '']],
  [['', 'a']],
  [['a', 'b']],
  [['b', 'a']],
  [['ab', '']],
  [['', 'ab']],
  [['A', 'b']],
  [['a', 'B']],
  [['a', ' b']],
  [['a', 'b ']],
  [['a', 'b\0']],
  [['a', 'b,c=d']],
  [['a=b,c', 'd']],
  [
    ['a', 'b'],
    ['c', 'd'],
  ],
  [
    ['a', 'bc'],
    ['', 'd'],
  ],
  [
    ['a', 'd'],
    ['c', 'b'],
  ],
  [['a', 'b","c":"d']],
  [['a":"b","c', 'd']],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['', ''],
  ],
  [['__proto__', 'b']],
  [['constructor', 'b']],
  [['prototype', 'b']],
  [
    ['__proto__', 'b'],
    ['constructor', 'b'],
  ],
  [['a', '\u00E9']],
  [['a', 'e\u0301']],
  [['\u00E9', 'b']],
  [['e\u0301', 'b']],
  [['a', '\u212B']],
  [['a', '\u00C5']],
  [['a', 'A\u030A']],
  [['a', '\uFFFD']],
  [['a', '\u{10FFFF}']],
  [['a', '\u{1F511}']],
  [['a', '\uFF42']],
  [['a', '\u200Bb']],
  [
    ['1', 'b'],
    ['2', 'd'],
  ],
  [
    ['2', 'b'],
    ['1', 'd'],
  ],
];

describe('encryption contexts that look alike', () => {
  it('each open their own blob and none of another', async () => {
    const blobs = await Promise.all(lookalikes.map((context) => seal(Buffer.from('a'), context)));
    for (const [row, blob] of blobs.entries()) {
      const outcomes = await Promise.all(
        lookalikes.map((context) => open(blob, context).then(String, () => 'refused')),
      );
      expect(outcomes).toEqual(lookalikes.map((_, column) => (column === row ? 'a' : 'refused')));
    }
  });
});

describe('rotation', () => {
  it('leaves every blob of every key material open, in any order, across a restart', async () => {
    const rotated = await makeKey(kms);
    const made: { blob: Buffer; bytes: Buffer; context: Pairs; materialId: string }[] = [];
    let materialId = rotated.materialId;
    for (let rotation = 0; rotation < 5; rotation++) {
      for (const [bytes, context] of fc.sample(fc.tuple(shortText, pairs), 4)) {
        made.push({
          blob: await seal(bytes, context, rotated.id),
          bytes: Buffer.from(bytes),
          context,
          materialId,
        });
      }
      materialId = await rotate(kms, rotated.id);
    }
    service = await service.restart();
    kms = service.client();
    for (const { blob, bytes, context, materialId: expected } of made.reverse()) {
      const command = new DecryptCommand({ CiphertextBlob: blob, EncryptionContext: contextOf(context) });
      const reply = await kms.send(command);
      expect(Buffer.from(reply.Plaintext ?? [])).toEqual(bytes);
      expect(reply.KeyMaterialId).toBe(expected);
    }
  });
});
