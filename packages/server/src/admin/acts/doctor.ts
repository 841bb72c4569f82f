import { z } from 'zod';
import { reportLines } from '../../integrity/report-lines.ts';
import { act } from '../act.ts';

/** Looks for damage in everything that the data folder holds, and changes nothing. */
export const doctor = act({
  name: 'doctor',
  eventName: 'ExamineInstallation',
  input: z.strictObject({}),
  recorded: [],
  async run(_input, { service, progress }) {
    const report = await service().examiner.examine(progress);
    const { counts, journal, durationMs } = report;
    return { findings: reportLines(report), counts, journal, durationMs };
  },
});
