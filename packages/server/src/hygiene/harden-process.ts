import { writeFileSync } from 'node:fs';

/**
 * From here on SIGUSR1 does nothing. Node opens the inspector at this signal, which every process of the same user may
 * send; a listener of our own takes the place of Node's (so in Node 24 and 26; `node --disable-sigusr1` does the same
 * from the first instruction on).
 */
export function disableInspectorSignal(): void {
  // Once, however many services this process starts.
  if (!process.listeners('SIGUSR1').includes(ignore)) process.on('SIGUSR1', ignore);
}

function ignore(): void {
  // The listener's being there is all.
}

/** A diagnostic report, whoever asks for one, leaves the environment out. */
export function keepEnvironmentOutOfReports(): void {
  process.report.excludeEnv = true;
}

/**
 * Leaves memory out of core dumps (core(5), "Controlling which mappings are written"). The limit on their size does not
 * hold where the kernel pipes them to a program, as it does on many systems; this does. Answers whether it could be
 * done: it is Linux's.
 */
export function keepMemoryOutOfCoreDumps(): boolean {
  try {
    writeFileSync('/proc/self/coredump_filter', '0');
    return true;
  } catch {
    return false;
  }
}
