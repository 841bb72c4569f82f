import { isMainThread } from 'node:worker_threads';

/*
 * Loaded into a service before its own program, this lets eight days pass at SIGUSR2, on both clocks of the machine, as they
 * would while it runs: a KMS key waits for its deletion for seven. What looks at the time once a minute looks every
 * tenth of a second.
 */

const eightDaysMs = 8 * 24 * 60 * 60 * 1000;
const minuteMs = 60_000;
const shortMs = 100;

let aheadMs = 0;
const wallNow = Date.now.bind(Date);
const runningNow = performance.now.bind(performance);
const setIntervalThen = globalThis.setInterval;

Date.now = () => wallNow() + aheadMs;
performance.now = () => runningNow() + aheadMs;
Object.defineProperty(globalThis, 'setInterval', {
  value: (act: () => void, everyMs: number) => setIntervalThen(act, everyMs === minuteMs ? shortMs : everyMs),
});

if (isMainThread)
  process.on('SIGUSR2', () => {
    aheadMs = eightDaysMs;
  });
