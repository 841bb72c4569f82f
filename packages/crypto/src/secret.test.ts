import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from './secret.ts';

const visible = Buffer.from('printable secret of some length!');

/** The memory of a secret, as a careless user of `use` could keep it. */
function peek(secret: Secret): Buffer {
  return secret.use((bytes) => bytes);
}

describe('a Secret', () => {
  it('copies the bytes it takes and zeroises the original', () => {
    const original = Buffer.from(visible);
    const secret = Secret.take(original);
    expect(original.equals(Buffer.alloc(visible.length))).toBe(true);
    expect(secret.use((bytes) => bytes.equals(visible))).toBe(true);
    expect(secret.length).toBe(visible.length);
  });

  it('lies in memory of its own and not in the shared pool', () => {
    expect(peek(Secret.take(Buffer.from(visible))).buffer.byteLength).toBe(visible.length);
    expect(peek(Secret.random(16)).buffer.byteLength).toBe(16);
  });

  it('draws different random bytes each time', () => {
    expect(Secret.random(32).equals(Secret.random(32))).toBe(false);
  });

  it('compares by value, and never equal for another length', () => {
    const secret = Secret.take(Buffer.from(visible));
    expect(secret.equals(Secret.take(Buffer.from(visible)))).toBe(true);
    expect(secret.equals(Secret.take(Buffer.from(visible.subarray(1))))).toBe(false);
  });

  it('is never shown by printing, inspecting or formatting', () => {
    const secret = Secret.take(Buffer.from(visible));
    const shown = [
      String(secret),
      inspect(secret, { showHidden: true, depth: 9 }),
      inspect({ nested: [secret] }, { depth: 9 }),
      format('%s %o %O', secret, secret, secret),
      Object.keys(secret).join(),
    ].join('\n');
    expect(shown).toContain('[Secret]');
    expect(shown).not.toContain('printable');
    expect(shown).not.toContain(visible.toString('hex').slice(0, 8));
  });

  it('refuses to be serialised as JSON', () => {
    const secret = Secret.take(Buffer.from(visible));
    expect(() => JSON.stringify({ secret })).toThrow(TypeError);
    expect(JSON.stringify(structuredClone({ length: secret.length }))).not.toContain('printable');
  });

  it('refuses an asynchronous function', () => {
    const secret = Secret.random(8);
    expect(() => secret.use(() => Promise.resolve(1))).toThrow(TypeError);
    expect(() => secret.use(() => ({ then: () => undefined }))).toThrow(TypeError);
  });
});

describe('a disposed Secret', () => {
  it('is zeroised at once and throws when touched', () => {
    const secret = Secret.take(Buffer.from(visible));
    const memory = peek(secret);
    secret.dispose();
    expect(memory.equals(Buffer.alloc(visible.length))).toBe(true);
    expect(() => secret.use(() => 1)).toThrow(/disposed/);
    expect(() => secret.lease()).toThrow(/disposed/);
    expect(() => secret.equals(Secret.random(8))).toThrow(/disposed/);
    expect(() => Secret.random(8).equals(secret)).toThrow(/disposed/);
    expect(() => secret.dispose()).not.toThrow();
  });

  it('is disposed by a using declaration', () => {
    let memory: Buffer;
    {
      using secret = Secret.take(Buffer.from(visible));
      memory = peek(secret);
    }
    expect(memory.equals(Buffer.alloc(visible.length))).toBe(true);
  });

  it('keeps its bytes until the last lease ends, but takes no new use or lease', () => {
    const secret = Secret.take(Buffer.from(visible));
    const memory = peek(secret);
    const first = secret.lease();
    const second = secret.lease();
    secret.dispose();
    expect(() => secret.use(() => 1)).toThrow(/disposed/);
    expect(() => secret.lease()).toThrow(/disposed/);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    expect(memory.equals(visible)).toBe(true);
    second[Symbol.dispose]();
    expect(memory.equals(Buffer.alloc(visible.length))).toBe(true);
  });

  it('is not zeroised under a use that disposes it', () => {
    const secret = Secret.take(Buffer.from(visible));
    const memory = peek(secret);
    const seen = secret.use((bytes) => {
      secret.dispose();
      return Buffer.from(bytes);
    });
    expect(seen.equals(visible)).toBe(true);
    expect(memory.equals(Buffer.alloc(visible.length))).toBe(true);
  });

  it('is zeroised after a use that disposes it and throws', () => {
    const secret = Secret.take(Buffer.from(visible));
    const memory = peek(secret);
    const fail = (): never => {
      secret.dispose();
      throw new Error('on purpose');
    };
    expect(() => secret.use(fail)).toThrow('on purpose');
    expect(memory.equals(Buffer.alloc(visible.length))).toBe(true);
  });
});
