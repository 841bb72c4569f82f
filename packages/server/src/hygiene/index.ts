export {
  disableInspectorSignal,
  keepEnvironmentOutOfReports,
  keepMemoryOutOfCoreDumps,
} from './harden-process.ts';
export { readProcessFacts } from './read-process-facts.ts';
export {
  findUnsafeProcess,
  type ProcessFacts,
  type UnsafeProcess,
  type UnsafeProcessName,
} from './unsafe-process.ts';
