import { describe, expect, it } from 'vitest';
import { SystemClock } from '../clock.ts';
import { pathsIn } from '../installation/data-folder.ts';
import { temporaryFolder } from '../storage/sqlite/opened-store.test-support.ts';
import type { DatabaseCheck } from './doctor.ts';
import { Examiner } from './examiner.ts';

describe('An examination', () => {
  it('ends with a refusal when the service stops, and the service waits for its end', async () => {
    const checked = Promise.withResolvers<DatabaseCheck>();
    const examiner = new Examiner({
      folder: pathsIn(temporaryFolder()),
      installationId: '00000000-0000-4000-8000-000000000000',
      store: undefined,
      clock: new SystemClock(),
      journalPosition: undefined,
      checkDatabase: () => checked.promise,
      sealHeaderProblem: () => undefined,
    });
    const examination = examiner.examine(() => undefined);
    let isStopped = false;
    const stopped = examiner.stop().then(() => (isStopped = true));
    await Promise.resolve();
    expect(isStopped).toBe(false);
    checked.resolve({ problems: [], schema: { found: 1, known: 1 }, rows: {} });
    await expect(examination).rejects.toThrow(
      'The examination was stopped, because the service is being sealed or ended.',
    );
    await stopped;
  });
});
