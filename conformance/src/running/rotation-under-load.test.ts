import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { administer } from '@keyhaven/testkit';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { verifyJournal } from '../durability/journal-verifier.ts';
import { freePort, killWhileStarting, serveFolder, type ServedFolder } from '../durability/served-folder.ts';
import { readStoredFacts } from '../durability/stored-facts.ts';
import { RotationLoad } from './rotation-load.ts';
import { rotationFlaws, type StoredKey, storedKeys, untilRotationsEnd } from './rotation-state.ts';
import { StoredWraps } from './stored-wraps.ts';

/** How often the service is killed while keys are rotated. */
const kills = Number(process.env['ROTATION_TEST_KILLS'] ?? 6);
/** Rotations of all keys one after the other, without a kill. */
const rotations = Number(process.env['ROTATION_TEST_ROTATIONS'] ?? 12);
const clients = 6;

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-rotation-'));
  folders.push(folder);
  return folder;
}

/** Rotates the root key and every domain key in turn, again and again; answers how many acts ended. */
class Rotator {
  readonly #socket: string;
  #over = new AbortController();
  #running: Promise<void> = Promise.resolve();
  ended = 0;
  readonly refusals: string[] = [];

  constructor(dataDir: string) {
    this.#socket = join(dataDir, 'admin.sock');
  }

  start(): void {
    this.#over = new AbortController();
    this.#running = this.#rotate(this.#over.signal);
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#running;
  }

  async #rotate(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      try {
        await administer(this.#socket, 'root-rotate');
        await administer(this.#socket, 'domain-rotate', { scope: { kind: 'all' } });
        this.ended++;
      } catch (error) {
        this.refusals.push(String(error));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }
}

/** Everything that a rotation must leave right, once the load and the rotations have ended; each flaw in a sentence. */
async function findFlaws(
  dataDir: string,
  load: RotationLoad,
  wraps: StoredWraps,
): Promise<readonly string[]> {
  const destroyed = load.keys.filter(({ state }) => state === 'destroyed').map(({ keyId }) => keyId);
  const losses = await load.findLosses();
  const requests = new Map<unknown, number>();
  for (const { requestId } of verifyJournal(join(dataDir, 'journal')))
    requests.set(requestId, (requests.get(requestId) ?? 0) + 1);
  const records = [...load.requestIds]
    .filter((id) => requests.get(id) !== 1)
    .map((id) => `the acknowledged request ${id} has ${requests.get(id) ?? 0} records`);
  return [
    ...load.faults,
    ...losses,
    ...records,
    ...rotationFlaws(dataDir),
    ...readStoredFacts(dataDir).flaws,
    ...wraps.findKeys(destroyed),
    ...wraps.findRetired(new Set(storedKeys(dataDir).map(({ id }) => id))),
  ];
}

/** Looks at what is stored every few milliseconds, until the function is called that it answers. */
function observeAllTheTime(wraps: StoredWraps): () => void {
  const timer = setInterval(() => {
    wraps.observe();
  }, 15);
  return () => {
    clearInterval(timer);
  };
}

describe('While root and domain keys are rotated under load', () => {
  it(
    `not one request fails beyond the SDK's default retries, over ${rotations} rotations of all keys`,
    { timeout: 30_000 + rotations * 10_000 },
    async () => {
      const dataDir = temporaryFolder();
      const service = await serveFolder(dataDir);
      onTestFinished(() => service.kill());
      const load = new RotationLoad(service.url, clients);
      const rotator = new Rotator(dataDir);
      const wraps = new StoredWraps(dataDir);
      onTestFinished(observeAllTheTime(wraps));
      load.start();
      await load.untilSucceeded(20 * clients);
      rotator.start();
      while (rotator.ended < rotations && rotator.refusals.length === 0) await load.untilSucceeded(clients);
      await rotator.stop();
      await load.stop();
      await load.destroyScheduled();

      expect(rotator.refusals).toEqual([]);
      expect(service.errorLines()).toEqual([]);
      expect(load.failures).toEqual([]);
      const destroyed = load.keys.filter(({ state }) => state === 'destroyed');
      expect(destroyed.length).toBeGreaterThan(0);
      expect(destroyed.every(({ keyId }) => wraps.countOf(keyId) > 1)).toBe(true);
      expect(await findFlaws(dataDir, load, wraps)).toEqual([]);
      load.destroy();
      process.stdout.write(
        `${load.succeeded} requests over ${rotator.ended} rotations, ${destroyed.length} keys destroyed\n`,
      );
    },
  );
});

/** A line of the journal that a kill tore; a move of the clock that was stored, and not yet the time that came of it. */
const alarmsOfKills = ['journal tail cut', 'clock stepped'];

/** A service on one port that is killed and started again under its clients, and when it was down. */
class KilledService {
  readonly #dataDir: string;
  readonly #port: number;
  readonly #load: RotationLoad;
  readonly #down: { readonly from: number; readonly to: number }[] = [];
  readonly #alarms: string[] = [];
  #service: ServedFolder;

  constructor(dataDir: string, port: number, service: ServedFolder, load: RotationLoad) {
    this.#dataDir = dataDir;
    this.#port = port;
    this.#service = service;
    this.#load = load;
  }

  /** Kills the service, and again while it starts where a time is given, and starts it. */
  async killAndStart(whileStartingMs: number | undefined): Promise<void> {
    const up = Promise.withResolvers<undefined>();
    this.#load.pauseUntil(up.promise);
    const from = performance.now();
    await this.#service.kill();
    this.#alarms.push(...this.#service.errorLines());
    if (whileStartingMs !== undefined) await killWhileStarting(this.#dataDir, whileStartingMs);
    this.#service = await serveFolder(this.#dataDir, { port: this.#port });
    this.#down.push({ from, to: performance.now() });
    up.resolve(undefined);
  }

  kill(): Promise<void> {
    return this.#service.kill();
  }

  /** All alarms but those that a kill is the cause of. */
  alarms(): readonly string[] {
    return [...this.#alarms, ...this.#service.errorLines()].filter(
      (line) => !alarmsOfKills.some((alarm) => line.includes(alarm)),
    );
  }

  /** Failures that no kill explains. */
  unexplained({ failures }: RotationLoad): readonly string[] {
    return failures
      .filter(
        ({ startedAt, endedAt }) => !this.#down.some(({ from, to }) => startedAt < to && endedAt > from),
      )
      .map(({ what }) => what);
  }
}

/** Whether an act ended because the process did. */
function isOfKill(refusal: string): boolean {
  return /ECONNREFUSED|ECONNRESET|ENOENT|socket hang up|aborted|no reply|EPIPE/.test(refusal);
}

/** What can be seen of a rotation from outside; a kill comes the moment that it is seen. */
const sights: readonly ((keys: readonly StoredKey[]) => boolean)[] = [
  (keys) => keys.some(({ scope, status }) => scope === 'root' && status === 'incoming'),
  (keys) => keys.some(({ scope, status }) => scope === 'root' && status === 'retiring'),
  (keys) => keys.some(({ scope, status }) => scope !== 'root' && status === 'incoming'),
  (keys) => keys.some(({ scope, status }) => scope !== 'root' && status === 'retiring'),
];

async function untilSeen(dataDir: string, isSeen: (keys: readonly StoredKey[]) => boolean): Promise<void> {
  while (!isSeen(storedKeys(dataDir))) await new Promise((resolve) => setImmediate(resolve));
}

describe('Where the service is killed while root and domain keys are rotated under load', () => {
  it(
    `each rotation goes on by itself and ends, and nothing that was acknowledged is lost, over ${kills} kills`,
    { timeout: 60_000 + kills * 15_000 },
    async () => {
      const dataDir = temporaryFolder();
      const port = await freePort();
      const first = await serveFolder(dataDir, { port });
      const load = new RotationLoad(first.url, clients);
      const service = new KilledService(dataDir, port, first, load);
      onTestFinished(() => service.kill());
      const rotator = new Rotator(dataDir);
      const wraps = new StoredWraps(dataDir);
      onTestFinished(observeAllTheTime(wraps));
      load.start();
      await load.untilSucceeded(20 * clients);
      for (let kill = 0; kill < kills; kill++) {
        rotator.start();
        await load.untilSucceeded(clients);
        // Of three kills one comes at any time, and two at what is seen of a rotation.
        const sight = kill % 3 === 0 ? undefined : sights[kill % sights.length];
        if (sight === undefined) await new Promise((resolve) => setTimeout(resolve, randomInt(400)));
        else await untilSeen(dataDir, sight);
        const stopping = rotator.stop();
        await service.killAndStart(kill % 4 === 3 ? randomInt(600) : undefined);
        await stopping;
        await untilRotationsEnd(dataDir);
        expect(rotationFlaws(dataDir), `after kill ${kill + 1}`).toEqual([]);
      }
      await load.stop();
      await load.destroyScheduled();

      expect(service.unexplained(load)).toEqual([]);
      expect(rotator.refusals.filter((refusal) => !isOfKill(refusal))).toEqual([]);
      expect(service.alarms()).toEqual([]);
      expect(await findFlaws(dataDir, load, wraps)).toEqual([]);
      load.destroy();
      process.stdout.write(
        `${load.succeeded} requests over ${kills} kills, ${load.failures.length} failed while it was down\n`,
      );
    },
  );
});
