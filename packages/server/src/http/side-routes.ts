import { z } from 'zod';
import type { Clock } from '../clock.ts';
import type { SideRoute } from './side-route.ts';

/** Says that the process is alive, and which version it is. */
export function healthRoute(version: string): SideRoute {
  return {
    method: 'GET',
    path: '/health',
    answer: () => Promise.resolve({ status: 200, json: { status: 'ok', version } }),
  };
}

/** What must hold for requests to be served, each by its name; what does not hold is the reason of a 503. */
export type ReadyChecks = Readonly<Record<string, boolean>>;

/**
 * Says whether requests can be served now, for load balancers: 200 when every check holds, else 503, with each check
 * by name. A process that is alive and not ready is left running and is sent nothing.
 */
export function readyRoute(checks: () => ReadyChecks | Promise<ReadyChecks>): SideRoute {
  return {
    method: 'GET',
    path: '/ready',
    async answer() {
      const found = await checks();
      const isReady = Object.values(found).every((holds) => holds);
      return {
        status: isReady ? 200 : 503,
        json: { status: isReady ? 'ready' : 'not ready', checks: found },
      };
    },
  };
}

/** Ten years: enough for any rotation period or waiting period, and far from the end of the calendar. */
const mostSeconds = 10 * 366 * 24 * 60 * 60;

const endOfCalendar = Date.UTC(9999, 11, 31);

const advanceSchema = z.strictObject({ advanceSeconds: z.int().min(0).max(mostSeconds) });

/**
 * Development only: moves the service's time ahead, and answers after everything that is due by then has been done,
 * so that a test sees its key rotated or destroyed.
 */
export function clockRoute(clock: Clock, move: (advanceSeconds: number) => Promise<void>): SideRoute {
  return {
    method: 'POST',
    path: '/_keyhaven/clock',
    async answer(body) {
      const request = advanceSchema.safeParse(parseJson(body));
      if (!request.success) {
        return {
          status: 400,
          json: { message: `Send {"advanceSeconds": n}, a whole number from 0 to ${mostSeconds}.` },
        };
      }
      const movedMs = request.data.advanceSeconds * 1000;
      if (clock.now() + movedMs > endOfCalendar) {
        return { status: 400, json: { message: 'The clock ends with the year 9999.' } };
      }
      await move(request.data.advanceSeconds);
      return { status: 200, json: { now: new Date(clock.now()).toISOString() } };
    },
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
