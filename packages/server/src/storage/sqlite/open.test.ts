import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { openReader, prepareDatabase } from './open.ts';
import { temporaryFolder } from './opened-store.test-support.ts';

/** Another program that has the database to itself for a moment, as one does that reads it first after a kill. */
const holder = `
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData } = require('node:worker_threads');
  const db = new DatabaseSync(workerData);
  db.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  parentPort.postMessage('held');
  setTimeout(() => db.close(), 200);
`;

async function held(path: string): Promise<void> {
  const worker = new Worker(holder, { eval: true, workerData: path });
  await once(worker, 'message');
}

describe('A database that another program has locked for a moment', () => {
  it.each<readonly [string, (path: string) => void]>([
    [
      'made ready',
      (path) => {
        prepareDatabase(path, false);
      },
    ],
    [
      'read',
      (path) => {
        const db = openReader(path);
        db.prepare('SELECT COUNT(*) FROM installation').get();
        db.close();
      },
    ],
  ])('is waited for when it is to be %s', async (_what, open) => {
    const path = join(temporaryFolder(), 'keyhaven.db');
    prepareDatabase(path, true);
    await held(path);
    expect(() => {
      open(path);
    }).not.toThrow();
  });
});
