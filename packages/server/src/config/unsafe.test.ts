import { describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import {
  findUnsafe,
  type ProcessFinding,
  refuseUnsafe,
  type StartFacts,
  type UnsafeName,
  unsafeNames,
} from './unsafe.ts';

const findings = ['inspector', 'node-options', 'core-dumps'] as const satisfies readonly ProcessFinding[];

function subsetsOf<T>(items: readonly T[]): readonly (readonly T[])[] {
  return items.reduce<readonly (readonly T[])[]>(
    (subsets, item) => [...subsets, ...subsets.map((subset) => [...subset, item])],
    [[]],
  );
}

/** Every combination of profile, address, TLS, account, process and kind of seal that there is. */
const everything: readonly StartFacts[] = [false, true].flatMap((isLoopback) =>
  [false, true].flatMap((hasTls) =>
    [false, true].flatMap((hasDevelopmentAccount) =>
      subsetsOf(findings).flatMap((found) =>
        [undefined, 'file', 'passphrase', 'shamir', 'kms'].flatMap((sealKind) =>
          (['development', 'production'] as const).map((profile) => ({
            profile,
            isLoopback,
            hasTls,
            sealKind,
            hasDevelopmentAccount,
            processFindings: new Set(found),
          })),
        ),
      ),
    ),
  ),
);

/*
 * What is unsafe, as a truth table: one row for profile, address and TLS; in the columns, what is refused in any case,
 * with the development account, and with the file seal.
 */
const truth: readonly (readonly [
  string,
  readonly UnsafeName[],
  readonly UnsafeName[],
  readonly UnsafeName[],
])[] = [
  ['development loopback plain', [], [], []],
  ['development loopback TLS', [], [], []],
  ['development network plain', ['plain-http'], ['well-known-credentials'], []],
  ['development network TLS', [], ['well-known-credentials'], []],
  ['production loopback plain', ['plain-http'], ['well-known-credentials'], ['file-seal']],
  ['production loopback TLS', [], ['well-known-credentials'], ['file-seal']],
  ['production network plain', ['plain-http'], ['well-known-credentials'], ['file-seal']],
  ['production network TLS', [], ['well-known-credentials'], ['file-seal']],
];

function expectedOf(facts: StartFacts): ReadonlySet<UnsafeName> {
  const address = facts.isLoopback ? 'loopback' : 'network';
  const name = `${facts.profile} ${address} ${facts.hasTls ? 'TLS' : 'plain'}`;
  const [, always, withAccount, withFileSeal] = truth.find(([row]) => row === name) ?? ['', [], [], []];
  return new Set<UnsafeName>([
    ...always,
    ...(facts.hasDevelopmentAccount ? withAccount : []),
    ...(facts.sealKind === 'file' ? withFileSeal : []),
    ...(facts.profile === 'production' ? facts.processFindings : []),
  ]);
}

function refusalOf(facts: StartFacts, allowed: readonly UnsafeName[]): StartRefusal | undefined {
  try {
    refuseUnsafe(facts, new Set(allowed));
    return undefined;
  } catch (error) {
    if (error instanceof StartRefusal) return error;
    throw error;
  }
}

const worst: StartFacts = {
  profile: 'production',
  isLoopback: false,
  hasTls: false,
  sealKind: 'file',
  hasDevelopmentAccount: true,
  processFindings: new Set(findings),
};

describe('refuseUnsafe', () => {
  it('finds in every combination what the truth table says', () => {
    expect(everything).toHaveLength(640);
    for (const facts of everything) expect(new Set(findUnsafe(facts))).toEqual(expectedOf(facts));
  });

  it('refuses every combination with anything unsafe, names each thing, and lets none pass that is not allowed', () => {
    const wrong: unknown[] = [];
    for (const facts of everything) {
      for (const allowed of subsetsOf(unsafeNames)) {
        const left = findUnsafe(facts).filter((name) => !allowed.includes(name));
        const refusal = refusalOf(facts, allowed);
        const text = `${refusal?.message ?? ''} ${refusal?.nextStep ?? ''}`;
        const isRight =
          (refusal !== undefined) === left.length > 0 &&
          unsafeNames.every((name) => text.includes(`--allow-unsafe ${name}`) === left.includes(name));
        if (!isRight) wrong.push({ facts, allowed, text });
      }
    }
    expect(wrong).toEqual([]);
  });

  it('leaves development on the loopback interface alone, whatever else is the case', () => {
    const harmless = everything.filter(({ profile, isLoopback }) => profile === 'development' && isLoopback);
    expect(harmless.flatMap(findUnsafe)).toEqual([]);
  });

  it('says for each thing why it is refused, what to do instead, and how to accept it', () => {
    const refusal = refusalOf(worst, []);
    for (const name of unsafeNames) {
      expect(refusal?.message).toMatch(new RegExp(`\\n  ${name}: [^\\n]{40,}\\.`));
      expect(refusal?.nextStep).toContain(`--allow-unsafe ${name}`);
    }
    expect(refusal?.nextStep.split('\n')).toHaveLength(unsafeNames.length + 1);
  });

  it('reads like this for one thing', () => {
    const refusal = refusalOf({ ...worst, profile: 'development', hasDevelopmentAccount: false }, []);
    expect(`${refusal?.message ?? ''}\n${refusal?.nextStep ?? ''}`).toBe(
      'This start is refused as unsafe:\n' +
        '  plain-http: plain HTTP is readable on its way, with every plaintext and data key in it.\n' +
        'Give a certificate with --tls-cert and --tls-key, or stay on 127.0.0.1 in the development profile.\n' +
        'If you accept it all the same: --allow-unsafe plain-http',
    );
  });
});
