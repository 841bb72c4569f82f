import { initial } from './001-initial.ts';

/** Every migration in order; a store's schema version is the number of those applied to it. */
export const migrations: readonly string[] = [initial];
