export { readEnvironment } from './environment.ts';
export { readInheritedSocket } from './inherited-socket.ts';
export { OptionRefusal } from './option-refusal.ts';
export {
  describeDefault,
  optionTable,
  resolveOptions,
  type GivenFlags,
  type OptionSpec,
  type ServiceOptions,
} from './options.ts';
