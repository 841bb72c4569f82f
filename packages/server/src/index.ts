export { startService, type Service } from './main.ts';
export type { ServiceOptions } from './config/options.ts';
export { StartRefusal } from './start-refusal.ts';
