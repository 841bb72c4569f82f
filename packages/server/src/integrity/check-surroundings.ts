import { readdirSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { rootScope } from '../domain-keys/keyring.ts';
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
const hourMs = 60 * minuteMs;

/** `isServing`: the service is expected to have been alive a minute ago. */
export async function checkClock(
  { storage }: ExaminedStore,
  clock: Clock,
  isServing: boolean,
): Promise<readonly Finding[]> {
  const [[row]] = await storage.snapshot(select(heartbeatTable, { singleton: 'heartbeat' }));
  if (row === undefined) return [];
  const findings: Finding[] = [];
  const add = (check: string, text: string) => findings.push(warning(check, 'heartbeat', text));
  const { service_time, hold_remaining_ms, held_since } = row;
  const sinceMs = clock.now() - service_time;
  if (sinceMs < -hourMs)
    add(
      'clock',
      `The clock is ${Math.round(-sinceMs / minuteMs)} minutes behind the last heartbeat in the store.`,
    );
  if (isServing && sinceMs > 5 * minuteMs)
    add(
      'heartbeat',
      `The last heartbeat is ${Math.round(sinceMs / minuteMs)} minutes old: what is due is not carried out.`,
    );
  if (hold_remaining_ms > 0)
    add(
      'destruction-held',
      `Destruction waits for ${Math.ceil(hold_remaining_ms / minuteMs)} more minutes of running time, because the clock stepped or the service was away.`,
    );
  if (held_since !== null) add('destruction-held', 'Destruction is held by an operator.');
  return findings;
}

/** What the seal header names: whose installation it is, and its root keys. */
export interface SealedKeys {
  readonly installationId: string;
  readonly rootKeyIds: readonly string[];
}

/** The header as it is on the disk now, against the keys in use: with another one the next start is refused. */
export function checkSealHeader(
  read: () => SealedKeys | undefined,
  store: ExaminedStore,
): readonly Finding[] {
  const damage = (text: string): readonly Finding[] => [
    { severity: 'damage', check: 'seal-header', key: 'seal.json', text: printable(text) },
  ];
  let header: SealedKeys | undefined;
  try {
    header = read();
  } catch (error) {
    return damage(error instanceof Error ? error.message : String(error));
  }
  if (header === undefined)
    return damage('The seal header is missing: the next start is refused, and nothing opens without it.');
  if (header.installationId !== store.installationId)
    return damage(`The seal header belongs to another installation, ${header.installationId}.`);
  const { rootKeyIds } = header;
  const missing = store.keyring.allOf(rootScope).find(({ id }) => !rootKeyIds.includes(id));
  if (missing === undefined) return [];
  return damage(`The seal header does not hold the root key ${missing.id}, which is in use.`);
}
