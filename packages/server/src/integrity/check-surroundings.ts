import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { DataFolder } from '../installation/data-folder.ts';
import { select } from '../storage/query.ts';
import { heartbeatTable } from '../storage/tables.ts';
import type { ExaminedStore } from './examined-store.ts';
import { type Finding, printable } from './finding.ts';

const mostFindings = 50;

function warning(check: string, key: string, text: string): Finding {
  return { severity: 'warning', check, key: printable(key), text: printable(text) };
}

/** Files and folders that others of this machine may open, or that are another user's. Windows has no such modes. */
export function checkFiles(folder: DataFolder): readonly Finding[] {
  const own = process.getuid?.();
  if (own === undefined) return [];
  const findings: Finding[] = [];
  for (const path of pathsBelow(folder)) {
    // SQLite gives these the mode of the database, and makes them when it is looked at.
    if (path.startsWith(`${folder.database}-`)) continue;
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) continue;
    if (found.uid !== own)
      findings.push(
        warning(
          'file-owner',
          path,
          `${path} belongs to the user with id ${found.uid}, this process runs as ${own}.`,
        ),
      );
    if ((found.mode & 0o077) !== 0) {
      const mode = (found.mode & 0o777).toString(8).padStart(4, '0');
      findings.push(
        warning('file-mode', path, `${path} has mode ${mode}: other users of this machine may open it.`),
      );
    }
  }
  return findings.slice(0, mostFindings);
}

function pathsBelow({ path, journal }: DataFolder): readonly string[] {
  return [path, journal].flatMap((folder) => {
    try {
      return [...(folder === path ? [path] : []), ...readdirSync(folder).map((name) => join(folder, name))];
    } catch {
      return [];
    }
  });
}

/** Four segments of the journal: some hundred thousand requests. */
const leastFreeBytes = 256 * 1024 * 1024;

export function checkDisk({ path }: DataFolder): readonly Finding[] {
  const { bavail, bsize } = statfsSync(path);
  return judgeFreeBytes(path, bavail * bsize);
}

export function judgeFreeBytes(path: string, free: number): readonly Finding[] {
  if (free >= leastFreeBytes) return [];
  const text = `The disk of ${path} has ${Math.floor(free / 1024 / 1024)} MiB left: once it is full, every request is refused.`;
  return [warning('disk-space', path, text)];
}

const minuteMs = 60_000;
const staleMs = 5 * minuteMs;
const mostLooks = 5;

/**
 * `isServing`: the service is expected to have been alive a minute ago. `wait`: the heartbeat follows a move of the
 * clock only once the round of jobs that is under way has ended, so an old one is looked at again.
 */
export async function checkClock(
  { storage }: ExaminedStore,
  clock: Clock,
  isServing: boolean,
  wait: () => Promise<unknown>,
): Promise<readonly Finding[]> {
  const read = async () => {
    const [[row]] = await storage.snapshot(select(heartbeatTable, { singleton: 'heartbeat' }));
    return row;
  };
  const ageMs = (beat: { readonly service_time: number }) => clock.now() - beat.service_time;
  let row = await read();
  for (let look = 1; isServing && look < mostLooks && row !== undefined && ageMs(row) > staleMs; look++) {
    await wait();
    row = await read();
  }
  if (row === undefined) return [];
  const findings: Finding[] = [];
  const add = (check: string, text: string) => findings.push(warning(check, 'heartbeat', text));
  const minutes = Math.round(ageMs(row) / minuteMs);
  if (minutes < -60) add('clock', `The clock is ${-minutes} minutes behind the last heartbeat in the store.`);
  if (isServing && ageMs(row) > staleMs)
    add('heartbeat', `The last heartbeat is ${minutes} minutes old: what is due is not carried out.`);
  if (row.hold_remaining_ms > 0) {
    const left = Math.ceil(row.hold_remaining_ms / minuteMs);
    const text = `Destruction waits for ${left} more minutes of running time, because the clock stepped or the service was away.`;
    add('destruction-held', text);
  }
  if (row.held_since !== null) add('destruction-held', 'Destruction is held by an operator.');
  return findings;
}

/** The header as it is on the disk now: with another one than is in use the next start is refused. */
export function checkSealHeader(problem: string | undefined): readonly Finding[] {
  if (problem === undefined) return [];
  return [{ severity: 'damage', check: 'seal-header', key: 'seal.json', text: printable(problem) }];
}
