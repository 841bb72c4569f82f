/** By what name `--allow-unsafe` lets the process run all the same. */
export type UnsafeProcessName = 'inspector' | 'node-options' | 'core-dumps';

/** What of the process could bring its memory, and the keys in it, to someone else. */
export interface UnsafeProcess {
  readonly name: UnsafeProcessName;
  /** A sentence about what was found. */
  readonly reason: string;
  /** A sentence about how to start it safely. */
  readonly nextStep: string;
}

/** How the process was started, as far as it can be seen from within. */
export interface ProcessFacts {
  /** The flags given to Node itself, as in `process.execArgv`. */
  readonly nodeFlags: readonly string[];
  /** The variable NODE_OPTIONS, undefined where it is not set. */
  readonly nodeOptions: string | undefined;
  /** A debugger can attach now, however that came about. */
  readonly isInspectorOpen: boolean;
  /** The soft limit on the size of a core dump, in bytes; undefined where it cannot be read. */
  readonly coreDumpLimit: number | undefined;
}

/** --inspect, --inspect-brk, --inspect-port and so on, and the older --debug; underscores are hyphens to Node. */
const inspectorFlag = /^--(?:inspect|debug)(?:[-_=]|$)/;

/** Flags by which Node writes its whole heap into a file: at a signal, or when memory runs short. */
const heapFlag = /^--heapsnapshot[-_]/;

/** What may stand in NODE_OPTIONS: memory limits and OpenSSL's locked heap, which give nothing away. */
const harmlessOption =
  /^--(?:disable-sigusr1|max-old-space-size=\d+|max-semi-space-size=\d+|secure-heap=\d+|secure-heap-min=\d+)$/;

/** Everything about the process that production refuses, each with its remedy. Empty where there is nothing. */
export function findUnsafeProcess(facts: ProcessFacts): readonly UnsafeProcess[] {
  return [findInspector(facts), findForeignOptions(facts), findCoreDumps(facts)].filter(
    (found) => found !== undefined,
  );
}

function findInspector({ nodeFlags, nodeOptions, isInspectorOpen }: ProcessFacts): UnsafeProcess | undefined {
  const flag = [...nodeFlags, ...splitOptions(nodeOptions)].find((one) => inspectorFlag.test(one));
  if (flag === undefined && !isInspectorOpen) return undefined;
  const how = flag === undefined ? 'The inspector of Node is open' : `Node was started with ${nameOf(flag)}`;
  return {
    name: 'inspector',
    reason: `${how}: whoever attaches a debugger reads every key in memory.`,
    nextStep: 'Start it without a debugger.',
  };
}

function findForeignOptions({ nodeOptions }: ProcessFacts): UnsafeProcess | undefined {
  const foreign = splitOptions(nodeOptions).filter((option) => !harmlessOption.test(option));
  const [first] = foreign;
  if (first === undefined) return undefined;
  return {
    name: 'node-options',
    reason: `NODE_OPTIONS holds ${nameOf(first)}: it can load code into the service before the service itself.`,
    nextStep: 'Unset NODE_OPTIONS for the service.',
  };
}

function findCoreDumps({ nodeFlags, nodeOptions, coreDumpLimit }: ProcessFacts): UnsafeProcess | undefined {
  const flag = [...nodeFlags, ...splitOptions(nodeOptions)].find((one) => heapFlag.test(one));
  if (flag !== undefined) {
    return {
      name: 'core-dumps',
      reason: `Node was started with ${nameOf(flag)}: it can write its memory, and the keys in it, to a file.`,
      nextStep: 'Start it without this flag.',
    };
  }
  if (coreDumpLimit === 0) return undefined;
  const reason =
    coreDumpLimit === undefined
      ? 'Whether core dumps are off cannot be read here (there is no /proc/self/limits)'
      : 'Core dumps are on';
  return {
    name: 'core-dumps',
    reason: `${reason}: a crash can write the keys in memory to a file.`,
    nextStep: 'Run "ulimit -c 0" before it, or set LimitCORE=0 in its systemd unit.',
  };
}

/** NODE_OPTIONS is separated by spaces, with quotes where a value holds one; only the flags matter here. */
function splitOptions(nodeOptions = ''): readonly string[] {
  return nodeOptions
    .replaceAll('"', '')
    .split(/\s+/)
    .filter((option) => option !== '');
}

/** The flag without its value: a value may be a path or worse. */
function nameOf(option: string): string {
  return option.replace(/=.*/, '').slice(0, 60);
}
