import { StartRefusal } from '../start-refusal.ts';
import type { Profile } from './service-options.ts';

/** Something about the process itself that would let keys out of it. */
export type ProcessFinding = 'inspector' | 'node-options' | 'core-dumps';

/** What a start is judged by. */
export interface StartFacts {
  readonly profile: Profile;
  /** Whether only this machine can reach what is listened on. */
  readonly isLoopback: boolean;
  readonly hasTls: boolean;
  /** Undefined while it is not known yet. */
  readonly sealKind: string | undefined;
  /** Whether the access key `test` with the secret `test` is accepted. */
  readonly hasDevelopmentAccount: boolean;
  readonly processFindings: ReadonlySet<ProcessFinding>;
}

interface UnsafeThing {
  /** What is the case and why it is refused, as a clause. */
  readonly why: string;
  /** What to do instead, as a sentence. */
  readonly remedy: string;
  readonly isFound: (facts: StartFacts) => boolean;
}

const isProduction = ({ profile }: StartFacts): boolean => profile === 'production';
const hasFinding = (finding: ProcessFinding) => (facts: StartFacts) =>
  isProduction(facts) && facts.processFindings.has(finding);

const things = {
  'plain-http': {
    why: 'plain HTTP is readable on its way, with every plaintext and data key in it',
    remedy:
      'Give a certificate with --tls-cert and --tls-key, or stay on 127.0.0.1 in the development profile.',
    isFound: (facts) => !facts.hasTls && (isProduction(facts) || !facts.isLoopback),
  },
  'file-seal': {
    why: 'the file seal keeps the key that opens everything beside the data: whoever copies the folder has the keys',
    remedy: 'Take another seal: keyhaven init --seal passphrase, or keyhaven seal change for what is there.',
    isFound: (facts) => isProduction(facts) && facts.sealKind === 'file',
  },
  'well-known-credentials': {
    why: 'everyone knows the well-known credentials test/test of account 000000000000, which this service accepts',
    remedy: 'Make an installation with credentials of its own with keyhaven init, or stay on 127.0.0.1.',
    isFound: (facts) => facts.hasDevelopmentAccount && (isProduction(facts) || !facts.isLoopback),
  },
  inspector: {
    why: 'a debugger can be attached to this process and read every key in it',
    remedy: 'Start it without --inspect.',
    isFound: hasFinding('inspector'),
  },
  'node-options': {
    why: 'the variable NODE_OPTIONS changes what runs inside this process and can load any code into it',
    remedy: 'Unset NODE_OPTIONS.',
    isFound: hasFinding('node-options'),
  },
  'core-dumps': {
    why: 'a crash would write the memory of this process, keys included, to the disk',
    remedy: 'Switch core dumps off: ulimit -c 0, or LimitCORE=0 for systemd.',
    isFound: hasFinding('core-dumps'),
  },
} as const satisfies Record<string, UnsafeThing>;

/** The name by which an unsafe thing is allowed. */
export type UnsafeName = keyof typeof things;

/** Every unsafe thing: what it is, what to do instead, and when a start is refused because of it. */
export const unsafeThings: Readonly<Record<UnsafeName, UnsafeThing>> = things;
export const unsafeNames = Object.keys(things) as readonly UnsafeName[];

/** The unsafe things of a start, in the order of the table. Development on the loopback interface has none. */
export function findUnsafe(facts: StartFacts): readonly UnsafeName[] {
  return unsafeNames.filter((name) => unsafeThings[name].isFound(facts));
}

/** Throws StartRefusal that names every unsafe thing that is not allowed by name, why it is one, and the way out. */
export function refuseUnsafe(facts: StartFacts, allowed: ReadonlySet<UnsafeName>): void {
  const refused = findUnsafe(facts).filter((name) => !allowed.has(name));
  if (refused.length === 0) return;
  const reasons = refused.map((name) => `\n  ${name}: ${unsafeThings[name].why}.`);
  const remedies = refused.map((name) => `${unsafeThings[name].remedy}\n`);
  throw new StartRefusal(
    `This start is refused as unsafe:${reasons.join('')}`,
    `${remedies.join('')}If you accept it all the same: ${refused.map((name) => `--allow-unsafe ${name}`).join(' ')}`,
  );
}
