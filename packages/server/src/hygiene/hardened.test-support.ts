import { randomHex } from '@keyhaven/crypto';
import {
  disableInspectorSignal,
  keepEnvironmentOutOfReports,
  keepMemoryOutOfCoreDumps,
} from './harden-process.ts';
import { readProcessFacts } from './read-process-facts.ts';

/*
 * A process to look at from outside. Its first argument says what it does: `wait` for signals, `report` on itself, show
 * its `facts`, or `crash` with a text in memory that it has printed before. With `hardened` after it, it hardens itself.
 */

const [act = '', hardened] = process.argv.slice(2);

if (hardened === 'hardened') {
  disableInspectorSignal();
  keepEnvironmentOutOfReports();
  if (!keepMemoryOutOfCoreDumps()) throw new Error('memory is not kept out of core dumps');
}

const say = (line: string) => process.stdout.write(`${line}\n`);

switch (act) {
  case 'wait':
    process.on('SIGTERM', () => process.exit(0));
    // Called after the listener that there is already, if there is one: then the signal has been taken.
    if (hardened === 'hardened') process.on('SIGUSR1', () => say(`open: ${isOpen()}`));
    setInterval(() => undefined, 60_000);
    say('waiting');
    break;
  case 'report':
    say(JSON.stringify(process.report.getReport()));
    break;
  case 'facts':
    say(JSON.stringify(readProcessFacts({ NODE_OPTIONS: 'as given' })));
    break;
  case 'crash': {
    const kept = [randomHex(32)];
    say(kept.join());
    setTimeout(() => {
      if (kept.length === 1) process.abort();
    }, 50);
    break;
  }
  default:
    throw new Error(`nothing to do: ${act}`);
}

function isOpen(): boolean {
  return readProcessFacts({}).isInspectorOpen;
}
