import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseOptionFile } from './option-file.ts';
import { describeDefault, type OptionSpec } from './option-spec.ts';
import { optionTable } from './options.ts';
import { renderConfigFile } from './render-config-file.ts';
import { defaultOptions, resolveOptions } from './resolve-options.ts';
import type { ServiceOptions } from './service-options.ts';
import { unsafeNames } from './unsafe.ts';

const specs = Object.values<OptionSpec>(optionTable);

function readBack(text: string): ServiceOptions {
  return resolveOptions({}, {}, parseOptionFile('configuration file', '/etc/keyhaven.yaml', text, specs));
}

const path = fc
  .string({ minLength: 1, unit: 'grapheme' })
  .filter((text) => !/[\0/\\.]/.test(text) && text.trim() !== '')
  .map((text) => `/srv/${text}`);
const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/);
const address = fc.constantFrom('127.0.0.1', '::1', '0.0.0.0', 'kms.example.com');
const port = fc.integer({ min: 0, max: 65_535 });
const digits = fc.stringMatching(/^[0-9a-f]{64}$/);

/** Options that make sense together. */
const options: fc.Arbitrary<Partial<ServiceOptions>> = fc
  .record(
    {
      profile: fc.constantFrom('development', 'production'),
      host: address,
      port,
      allowHosts: fc.array(name),
      tls: fc.tuple(path, path),
      dataDir: path,
      backupRecipients: fc.array(fc.stringMatching(/^age1[02-9ac-hj-np-z]{58}$/), { maxLength: 3 }),
      passphraseFd: fc.integer({ min: 3, max: 99 }),
      adminSocket: path,
      adminOperators: fc.uniqueArray(fc.record({ name, fingerprint: digits }), {
        selector: ({ fingerprint }) => fingerprint,
        maxLength: 3,
      }),
      adminListen: fc.record({ host: address, port }),
      journalSync: fc.constantFrom('group', 'second'),
      allowUnsafe: fc.subarray([...unsafeNames]).map((names) => new Set(names)),
      attestationRoots: path,
      grantPropagation: fc.integer({ min: 0, max: 3600 }).map((seconds) => ({ ms: seconds * 1000 })),
      seed: path,
    },
    { requiredKeys: [] },
  )
  .map(({ tls, adminListen, ...rest }) => ({
    ...rest,
    ...(tls === undefined ? {} : { tlsCert: tls[0], tlsKey: tls[1], tlsClientCa: tls[0] }),
    ...(tls !== undefined && adminListen !== undefined && (rest.adminOperators ?? []).length > 0
      ? { adminListen }
      : {}),
  }));

describe('renderConfigFile', () => {
  it('writes what reads back as the same options', () => {
    fc.assert(
      fc.property(options, (given) => {
        expect(readBack(renderConfigFile(given))).toEqual({ ...defaultOptions, ...given });
      }),
    );
  });

  it('leaves every option to its default where nothing is set', () => {
    expect(readBack(renderConfigFile({}))).toStrictEqual(defaultOptions);
  });

  it('names and explains every option of the table, with flag, variable and default', () => {
    const text = renderConfigFile({ port: 1 });
    const words = text.replaceAll(/\n# /g, ' ');
    for (const spec of specs) {
      expect(text).toMatch(new RegExp(`^#?${spec.fileKey}:`, 'm'));
      expect(words).toContain(spec.doc);
      expect(words).toContain(
        `Default: ${describeDefault(spec) ?? 'none'}. [${spec.flag}, ${spec.environment ?? ''}]`,
      );
    }
    expect(text).toMatch(/^port: 1$/m);
    expect(text).toMatch(/^#host: 127\.0\.0\.1$/m);
  });

  it.each(specs.map((spec) => [spec.fileKey, spec] as const))(
    'shows for %s a line that is well-formed once its # is gone',
    (_name, spec) => {
      const lines = renderConfigFile({}).split('\n');
      const first = lines.findIndex((line) => line.startsWith(`#${spec.fileKey}:`));
      const rest = lines.slice(first + 1).findIndex((line) => !line.startsWith('#  - '));
      const text = lines.slice(first, first + 1 + rest).map((line) => line.slice(1));
      const { entries } = parseOptionFile('configuration file', '/x', text.join('\n'), specs);
      expect(spec.parse(entries.get(spec.fileKey)?.texts ?? [''])).toBeDefined();
    },
  );

  it('has no line longer than a screen, values apart', () => {
    for (const line of renderConfigFile({ seed: `/${'x'.repeat(200)}` }).split('\n')) {
      if (line.startsWith('# ')) expect(line.length).toBeLessThanOrEqual(110);
    }
  });
});
