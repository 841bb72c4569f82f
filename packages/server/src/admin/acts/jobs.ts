import { z } from 'zod';
import { act } from '../act.ts';
import { listJobs } from '../../jobs/list-jobs.ts';

/** What is due and when, what is held and why, and what was done. */
export const jobs = act({
  name: 'jobs',
  eventName: 'ListJobs',
  input: z.strictObject({ limit: z.int().min(1).max(1000).optional() }),
  recorded: [],
  run: ({ limit = 100 }, { service, clock }) => listJobs(service().parts.storage, clock, limit),
});

/** Nothing is destroyed until the hold is released; rotations go on. */
export const jobsHold = act({
  name: 'jobs-hold',
  eventName: 'HoldDestruction',
  input: z.strictObject({}),
  recorded: [],
  async run(_input, { service, clock, commit }) {
    await service().jobs.hold(clock.now(), (change) => commit([change], {}));
    return { isHeld: true };
  },
});

/** What is due is destroyed before the reply, unless the clock rules hold it as well. */
export const jobsRelease = act({
  name: 'jobs-release',
  eventName: 'ReleaseDestruction',
  input: z.strictObject({}),
  recorded: [],
  async run(_input, { service, commit }) {
    await service().jobs.hold(null, (change) => commit([change], {}));
    await service().jobs.runDue();
    return { isHeld: false };
  },
});
