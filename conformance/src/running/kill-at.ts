import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, Worker } from 'node:worker_threads';

/*
 * Loaded into a service before the service itself (`node --import`): kills the process at one point of a rotation or of another change, before
 * or after what it does to the disk there. The environment names the point (KILL_AT) and a file that exists
 * once the trial has begun (KILL_AT_ARMED). Points are told by what the service hands to the platform: renames of
 * the seal header, units of work for the writer thread, statements of that thread. No seam in the service is needed.
 */

const point = process.env['KILL_AT'] ?? '';
const armedPath = process.env['KILL_AT_ARMED'] ?? '';
const [when = '', what = ''] = /^(before|after|truncated after) (.*)$/.exec(point)?.slice(1) ?? [];
/** Tells the writer thread that the next commit is the one. */
const commitPath = `${armedPath}.commit`;

const seen = new Map<string, number>();

function killNow(): never {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
}

/** Whether this is the point; what comes several times is numbered. */
function isPoint(name: string): boolean {
  if (!fs.existsSync(armedPath)) return false;
  const times = (seen.get(name) ?? 0) + 1;
  seen.set(name, times);
  return what === name || what === `${name} ${times}`;
}

/** What a seal header that is about to take its place means: the phase that its root keys are in. */
function headerPhase(path: string): string {
  const { rootKeys } = JSON.parse(fs.readFileSync(path, 'utf8')) as {
    readonly rootKeys: readonly { readonly status: string }[];
  };
  const statuses = rootKeys.map(({ status }) => status);
  if (statuses.includes('incoming')) return 'distribute';
  return statuses.includes('retiring') ? 'activate' : 'retire';
}

interface Unit {
  readonly audit?: { readonly record: string } | undefined;
  readonly changes: readonly { readonly table: string; readonly version: number; readonly row?: unknown }[];
}

/** What is told by the record alone. */
const meaningByEvent: ReadonlyMap<string, string> = new Map([
  ['DeleteKey', 'destroy'],
  ['DeleteExpiredKeyMaterial', 'expire material'],
  ['DeleteImportedKeyMaterial', 'delete material'],
  ['ReplicateKey', 'replicate'],
  ['UpdatePrimaryRegion', 'update primary'],
  ['SynchronizeMultiRegionKey', 'settle'],
]);

/** What a unit of work means to what is tried here; undefined for any other. */
function meaningOf({ audit, changes }: Unit): string | undefined {
  if (audit !== undefined) {
    const { eventName, phase, scope } = JSON.parse(audit.record) as Readonly<
      Record<string, string | undefined>
    >;
    const own = meaningByEvent.get(eventName ?? '');
    if (own !== undefined) return own;
    if (phase === undefined) return undefined;
    return eventName === 'RotateRootKey' ? `record root ${phase}` : `${scope?.split('/')[0] ?? ''} ${phase}`;
  }
  const [first] = changes;
  // A beat of the heart, and the first row of a table, are no rewrap.
  if (first === undefined || first.version === 0 || first.table === 'heartbeat') return undefined;
  if (first.table === 'domain_key') return 'rewrap root';
  return ['account', 'access_key', 'audit_outbox'].includes(first.table)
    ? 'rewrap identity'
    : 'rewrap region';
}

function watchMainThread(): void {
  const rename = fs.renameSync;
  fs.renameSync = (from, to) => {
    const isHeader = String(to).endsWith('seal.json') && isPoint(`header ${headerPhase(String(from))}`);
    if (isHeader && when === 'before') killNow();
    rename(from, to);
    if (isHeader) killNow();
  };
  syncBuiltinESMExports();

  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on its worker below
  const post = Worker.prototype.postMessage;
  Worker.prototype.postMessage = function (this: Worker, message: unknown, transfer?: never) {
    const { kind, units = [] } = message as { readonly kind?: string; readonly units?: readonly Unit[] };
    const meanings = kind === 'commit' ? units.map(meaningOf) : [];
    if (meanings.some((meaning) => meaning !== undefined && isPoint(meaning)))
      fs.writeFileSync(commitPath, '');
    post.call(this, message, transfer);
  };
}

function watchWriterThread(): void {
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on its database below
  const exec = DatabaseSync.prototype.exec;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
    const isIt = sql === 'COMMIT' && fs.existsSync(commitPath);
    if (isIt && when === 'before') killNow();
    exec.call(this, sql);
    if (isIt && when === 'after') killNow();
  };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called on its database below
  const prepare = DatabaseSync.prototype.prepare;
  DatabaseSync.prototype.prepare = function (this: DatabaseSync, sql) {
    const statement = prepare.call(this, sql);
    if (!sql.includes('TRUNCATE') || when !== 'truncated after' || !fs.existsSync(commitPath))
      return statement;
    statement.get();
    killNow();
  };
}

if (isMainThread) watchMainThread();
else watchWriterThread();
