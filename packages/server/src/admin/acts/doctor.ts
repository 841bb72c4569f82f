import { z } from 'zod';
import { act } from '../act.ts';

/** Examines everything in the data folder while requests are served; changes nothing. */
export const doctor = act({
  name: 'doctor',
  eventName: 'Examine',
  input: z.strictObject({}),
  recorded: [],
  run: (_input, { service, progress }) => service().examiner.examine(progress),
});
