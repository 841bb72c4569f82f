import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  customerMasterKeySpec,
  encapsulationAlgorithm,
  encryptionAlgorithm,
  keyAgreementAlgorithm,
  keySpec,
  keyUsage,
  macAlgorithm,
  signingAlgorithm,
} from '@keyhaven/api-model';
import { macAlgorithms } from '@keyhaven/crypto';
import { describe, expect, it } from 'vitest';
import { findKeySpec, isInRegion, keySpecs } from './key-specs.ts';

const shapeOfUsage = {
  ENCRYPT_DECRYPT: encryptionAlgorithm,
  SIGN_VERIFY: signingAlgorithm,
  GENERATE_VERIFY_MAC: macAlgorithm,
  KEY_AGREEMENT: keyAgreementAlgorithm,
  ENCAPSULATE_DECAPSULATE: encapsulationAlgorithm,
};

const uses = keySpecs().flatMap((spec) =>
  [...spec.algorithms].flatMap(([usage, algorithms]) =>
    algorithms.map((algorithm) => ({ name: spec.name, spec, usage, algorithm })),
  ),
);

describe('The registry of key specs', () => {
  it('has one row for each key spec of the API', () => {
    expect(
      keySpecs()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...keySpec.values].sort());
  });

  it('knows those of the older member CustomerMasterKeySpec by the same name', () => {
    for (const { name, olderName } of keySpecs())
      expect(olderName).toBe(customerMasterKeySpec.accepted.has(name) ? name : undefined);
  });

  it('has each key usage and each algorithm of the API in some row', () => {
    expect(new Set(uses.map(({ usage }) => usage))).toEqual(keyUsage.accepted);
    const algorithms = new Set(uses.map(({ algorithm }) => algorithm));
    const known = Object.values(shapeOfUsage).flatMap(({ values }): readonly string[] => values);
    expect([...algorithms].sort()).toEqual([...known].sort());
  });

  it.each(uses)('$name for $usage has $algorithm of that usage', ({ usage, algorithm }) => {
    expect(shapeOfUsage[usage].accepted.has(algorithm)).toBe(true);
  });

  it.each(uses.filter(({ spec }) => spec.material.kind === 'key pair'))(
    '$name for $usage has the cryptography of $algorithm',
    ({ spec, algorithm }) => {
      if (spec.material.kind !== 'key pair') throw new Error('only pairs are tried');
      const { signing, encryption, agreement, encapsulation } = spec.material.pair;
      const schemes = [signing, encryption, agreement, encapsulation].filter((one) => one.has(algorithm));
      expect(schemes).toHaveLength(1);
    },
  );

  it('has key material as long as its MAC for each HMAC key spec', () => {
    for (const { type, material, algorithms } of keySpecs()) {
      if (type !== 'HMAC') continue;
      const [algorithm = ''] = algorithms.get('GENERATE_VERIFY_MAC') ?? [];
      expect(material).toEqual({ kind: 'bytes', bytes: macAlgorithms.get(algorithm)?.bytes });
    }
  });

  it.each(['constructor', '__proto__', 'rsa_2048', ''])('does not know %j', (name) => {
    expect(findKeySpec(name)).toBeUndefined();
  });

  it('has SM2 in the Regions of China alone', () => {
    const elsewhere = keySpecs().filter((spec) => !isInRegion(spec, 'eu-west-2'));
    expect(elsewhere.map(({ name }) => name)).toEqual(['SM2']);
    expect(keySpecs().every((spec) => isInRegion(spec, 'cn-north-1'))).toBe(true);
  });
});

describe('The names of key specs', () => {
  const server = join(import.meta.dirname, '..');
  const isSource = (path: string) => path.endsWith('.ts') && !/[.]test(?:-support)?[.]ts$/.test(path);
  const sources = readdirSync(server, { recursive: true, encoding: 'utf8' }).filter(isSource);
  const names = keySpecs().flatMap(({ name }) => (name === 'SYMMETRIC_DEFAULT' ? [] : [`'${name}'`]));

  it('stand in the registry and the tables of wrappings that its rows hold, and in no other source of the server: whoever needs one asks its row', () => {
    const named = sources.filter((path) => {
      const text = readFileSync(join(server, path), 'utf8');
      return names.some((name) => text.includes(name));
    });
    expect(named).toEqual(['keys/import-wrapping.ts', 'keys/key-specs.ts']);
  });
});
