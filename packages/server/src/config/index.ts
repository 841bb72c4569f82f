export { StartRefusal } from '../start-refusal.ts';
export { isLoopbackHost, parseHost } from './address-values.ts';
export { readEnvironment } from './environment.ts';
export { readInheritedSocket } from './inherited-socket.ts';
export {
  adminSocketName,
  configFileName,
  loadOptions,
  loadServicePlace,
  type ServicePlace,
} from './load-options.ts';
export { findNearest } from './nearest-name.ts';
export { type OptionFile, readOptionFile } from './option-file.ts';
export { OptionRefusal } from './option-refusal.ts';
export {
  describeDefault,
  type GivenTexts,
  lastOf,
  type OptionGroup,
  optionGroups,
  type OptionSpec,
  type OptionTable,
} from './option-spec.ts';
export { OptionValueError, parseChoice, parsePath, splitList } from './option-values.ts';
export { configOption, optionTable, serviceOptionSpecs } from './options.ts';
export { renderConfigFile } from './render-config-file.ts';
export {
  defaultOptions,
  type Environment,
  type GivenFlags,
  refuseUnknownVariables,
  type ResolvedValues,
  resolveOption,
  resolveOptions,
  resolveTable,
} from './resolve-options.ts';
export type { AdminOperator, ListenAddress, Profile, ServiceOptions } from './service-options.ts';
export {
  findUnsafe,
  type ProcessFinding,
  refuseUnsafe,
  type StartFacts,
  type UnsafeName,
  unsafeNames,
  unsafeThings,
} from './unsafe.ts';
