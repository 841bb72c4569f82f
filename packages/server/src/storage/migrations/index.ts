import { initial } from './001-initial.ts';
import { runningForReal } from './002-running-for-real.ts';
import { everyKindOfKey } from './003-every-kind-of-key.ts';
import { whoMayDoWhat } from './004-who-may-do-what.ts';

/** Every migration in order; a store's schema version is the number of those applied to it. */
export const migrations: readonly string[] = [initial, runningForReal, everyKindOfKey, whoMayDoWhat];
