import { Secret } from '@keyhaven/crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, type CanonicalValue } from './canonical-json.ts';
import { formatSealHeader, parseSealHeader, type SealHeader } from './header-format.ts';
import { headerParts, seals } from './header.test-support.ts';
import { composeHeader, openRootKeys } from './seal-header.ts';
import { SealRefusal } from './seal-refusal.ts';

const headers = seals.map(({ kind }) => {
  const parts = headerParts(kind);
  const text = formatSealHeader(composeHeader(parts));
  return { kind, text, sealingKey: parts.sealingKey, document: JSON.parse(text) as CanonicalValue };
});

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

type Path = readonly (string | number)[];

/** Every place in a document that an edit can touch: members, items, and the values in them. */
function placesIn(value: CanonicalValue, at: Path = []): readonly Path[] {
  if (typeof value !== 'object') return [at];
  const members = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [
    at,
    ...members.flatMap(([name, member]) => placesIn(member as CanonicalValue, [...at, name as string])),
  ];
}

/** The document with one place edited; `undefined` takes the member away. */
function edited(value: CanonicalValue, path: Path, edit: (old: CanonicalValue) => unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return edit(value);
  if (typeof value !== 'object') throw new Error('no such place');
  const member = (value as Readonly<Record<string, CanonicalValue>>)[name] ?? '';
  const changed = edited(member, rest, edit);
  if (Array.isArray(value)) {
    return value.flatMap((item: unknown, at) =>
      at !== name ? [item] : changed === undefined ? [] : [changed],
    );
  }
  return { ...(value as Readonly<Record<string, unknown>>), [name]: changed };
}

/** Parses and opens with the right sealing key: what an edit must not survive. */
function opens(text: string, sealingKey: Secret): boolean {
  let header: SealHeader;
  try {
    header = parseSealHeader(Buffer.from(text), 'seal.json');
    openRootKeys(header, sealingKey);
    return true;
  } catch (error) {
    if (error instanceof SealRefusal) return false;
    throw error;
  }
}

function flipLast(old: CanonicalValue): unknown {
  if (typeof old === 'number') return old + 1;
  if (typeof old === 'string') return `${old.slice(0, -1)}${old.endsWith('1') ? '2' : '1'}`;
  return Array.isArray(old) ? old.toReversed() : [old];
}

describe.each(headers)('A header with a $kind seal', ({ text, document, sealingKey }) => {
  const places = placesIn(document).filter((path) => path.length > 0);

  it('opens as it is, and with its members in another order', () => {
    expect(opens(text, sealingKey)).toBe(true);
    expect(opens(canonicalJson(document), sealingKey)).toBe(true);
  });

  it.each(places.map((path) => [path.join('.'), path] as const))(
    'is refused with an edit at %s',
    (_name, path) => {
      const edits: ((old: CanonicalValue) => unknown)[] = [
        flipLast,
        () => undefined,
        () => '',
        () => 0,
        () => null,
        () => [],
        () => ({}),
        (old) => [old, old],
        (old) => (isObject(old) ? { ...old, added: 1 } : `${JSON.stringify(old)} `),
      ];
      for (const edit of edits) {
        const changed = edited(document, path, edit);
        if (JSON.stringify(changed) === JSON.stringify(document)) continue;
        expect(opens(JSON.stringify(changed), sealingKey), String(edit)).toBe(false);
      }
    },
  );

  it('is refused with any other JSON value in any place', () => {
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.jsonValue(), (path, value) => {
        const changed = edited(document, path, () => value);
        fc.pre(JSON.stringify(changed) !== JSON.stringify(document));
        expect(opens(JSON.stringify(changed), sealingKey)).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  it('is refused with a value of another header of the same seal', () => {
    const other = JSON.parse(formatSealHeader(composeHeader(headerParts(headerOf(text))))) as CanonicalValue;
    for (const path of places) {
      const value = path.reduce(
        (at, name) => (at as Record<string, CanonicalValue | undefined>)[name] ?? '',
        other,
      );
      const changed = JSON.stringify(edited(document, path, () => value));
      if (changed === JSON.stringify(document)) continue;
      expect(opens(changed, sealingKey), path.join('.')).toBe(false);
    }
  });
});

function headerOf(text: string): SealHeader['seal']['kind'] {
  return parseSealHeader(Buffer.from(text), 'seal.json').seal.kind;
}

describe('The reader of seal headers', () => {
  const parses = (content: Buffer) => {
    try {
      return parseSealHeader(content, 'seal.json');
    } catch (error) {
      if (error instanceof SealRefusal) return undefined;
      throw error;
    }
  };

  it('refuses any JSON that is no header', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(parses(Buffer.from(JSON.stringify(value)))).toBeUndefined();
      }),
    );
  });

  it('refuses any bytes that are no header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(parses(Buffer.from(bytes))).toBeUndefined();
      }),
    );
  });

  it('refuses a header longer than 64 KiB, be it of spaces', () => {
    for (const { text } of headers) {
      expect(parses(Buffer.from(text + ' '.repeat(65_536 - text.length)))).toBeDefined();
      expect(parses(Buffer.from(text + ' '.repeat(65_537 - text.length)))).toBeUndefined();
    }
  });

  it.each([
    ['no root key', []],
    ['no current one', ['incoming']],
    ['two current ones', ['current', 'current']],
    ['five of them', ['current', 'incoming', 'retiring', 'retiring', 'retiring']],
    ['a status of its own', ['current', 'spare']],
  ])('refuses %s', (_what, statuses) => {
    const [{ document } = { document: {} }] = headers;
    const { rootKeys } = parseSealHeader(Buffer.from(JSON.stringify(document)), 'seal.json');
    const changed = statuses.map((status, at) => ({ ...rootKeys[0], id: String(at).repeat(32), status }));
    expect(
      parses(Buffer.from(JSON.stringify(edited(document, ['rootKeys'], () => changed)))),
    ).toBeUndefined();
  });

  it('refuses two root keys with one id', () => {
    const [{ document } = { document: {} }] = headers;
    const same = edited(document, ['rootKeys', 1, 'id'], () => 'a1'.repeat(16));
    expect(parses(Buffer.from(JSON.stringify(same)))).toBeUndefined();
  });

  it('refuses a member that looks like a prototype, wherever it stands', () => {
    for (const { text } of headers) {
      const spots = [...text.matchAll(/[{]/g)].map(({ index }) => index + 1);
      expect(spots.length).toBe(4);
      for (const at of spots) {
        const changed = `${text.slice(0, at)}"__proto__":{"kind":"file"},${text.slice(at)}`;
        expect(parses(Buffer.from(changed)), `at ${at}`).toBeUndefined();
      }
    }
  });

  it('reads of a text cut, widened or flipped anywhere the same header or none', () => {
    const damage = fc.record({
      from: fc.constantFrom(...headers),
      at: fc.nat(),
      remove: fc.integer({ min: 0, max: 20 }),
      insert: fc.oneof(fc.string(), fc.constantFrom('"', '{', ']', ',', '\\', '1e999', '-', '__proto__')),
    });
    fc.assert(
      fc.property(damage, ({ from, at, remove, insert }) => {
        const { text, sealingKey, document } = from;
        const start = at % text.length;
        const changed = text.slice(0, start) + insert + text.slice(start + remove);
        if (!opens(changed, sealingKey)) return;
        expect(canonicalJson(JSON.parse(changed) as CanonicalValue)).toBe(canonicalJson(document));
      }),
      { numRuns: 2000 },
    );
  });

  it('never opens a hostile header of the right form, and never fails otherwise', () => {
    const base64 = (bytes: number) =>
      fc
        .uint8Array({ minLength: bytes, maxLength: bytes })
        .map((some) => Buffer.from(some).toString('base64'));
    const rootKey = fc.record({
      id: fc.constantFrom('a1'.repeat(16), 'b2'.repeat(16)),
      status: fc.constantFrom('current', 'incoming', 'retiring'),
      wrapped: base64(77),
    });
    const hostile = fc.record({
      format: fc.constant(2),
      installationId: fc.uuid(),
      seal: fc.constantFrom(...seals).map(({ kind, parameters }) => ({ kind, ...parameters })),
      rootKeys: fc.array(rootKey, { maxLength: 5 }),
      mac: base64(32),
    });
    const sealingKey = Secret.random(32);
    let read = 0;
    fc.assert(
      fc.property(hostile, (header) => {
        const text = JSON.stringify(header);
        if (parses(Buffer.from(text)) !== undefined) read++;
        expect(opens(text, sealingKey)).toBe(false);
      }),
      { numRuns: 500 },
    );
    expect(read).toBeGreaterThan(0);
  });
});
