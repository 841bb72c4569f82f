import { type SeenOperations, seenOperations } from '@keyhaven/testkit/seen-operations';
import { afterAll } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** What the services of a test file were seen doing. */
    seenOperations?: SeenOperations;
  }
}

// Hooks of the end run in reverse order: this one is the first to be declared, and so runs when every service has ended.
// eslint-disable-next-line no-empty-pattern -- vitest reads from this pattern which fixtures a hook wants, and this wants none
afterAll(({}, file) => {
  file.meta.seenOperations = seenOperations();
});
