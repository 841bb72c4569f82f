import { parseArgs } from 'node:util';
import { runTarget } from './fuzz/run-target.ts';
import { fuzzTargets } from './fuzz/targets.ts';

/*
 * Why: the tests try the same inputs in every run, because a gate must not fail by chance. This goes on where they stop: with new
 * seeds, until something fails, the time is over, or somebody ends it.
 */

const help = `Usage: npm run fuzz -- [options]

Tries every fuzz target with new inputs until one fails. It then prints the seed and the smallest input, and
ends with 1.

  --seconds N    end with 0 after N seconds (default: never)
  --seed N       the first round's seed; a round with the same seed tries the same inputs (default: by chance)
  --inputs N     how many inputs of each target a round tries (default: 1000)
  --target TEXT  only targets whose name has this in it
  --help         this text

`;

interface Plan {
  readonly seconds: number;
  readonly seed: number;
  readonly inputs: number;
  readonly target: string;
}

const options = {
  seconds: { type: 'string' },
  seed: { type: 'string' },
  inputs: { type: 'string', default: '1000' },
  target: { type: 'string', default: '' },
  help: { type: 'boolean', default: false },
} as const;

function readCount(name: string, text: string): number {
  const count = Number(text);
  if (!/^[0-9]{1,10}$/.test(text)) throw new Error(`--${name} must be a whole number`);
  return count;
}

async function fuzz({ seconds, seed: first, inputs, target }: Plan): Promise<boolean> {
  const targets = fuzzTargets.filter(({ name }) => name.includes(target));
  if (targets.length === 0) throw new Error('--target names no target');
  const end = performance.now() + seconds * 1000;
  for (let seed = first; ; seed = (seed + 1) % 0x7fff_ffff) {
    process.stdout.write(`seed ${seed}\n`);
    for (const one of targets) {
      const failure = await runTarget(one, seed, inputs);
      if (failure === undefined) continue;
      process.stdout.write(`FAILED ${one.name}\nseed ${seed}\ninput ${failure.input}\n${failure.reason}\n`);
      return false;
    }
    if (performance.now() >= end) return true;
  }
}

try {
  const { values } = parseArgs({ options });
  if (values.help) {
    process.stdout.write(help);
  } else {
    const hasHeld = await fuzz({
      seconds: values.seconds === undefined ? Infinity : readCount('seconds', values.seconds),
      seed:
        values.seed === undefined ? Math.floor(Math.random() * 0x7fff_ffff) : readCount('seed', values.seed),
      inputs: readCount('inputs', values.inputs),
      target: values.target,
    });
    process.exitCode = hasHeld ? 0 : 1;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  process.exitCode = 2;
}
