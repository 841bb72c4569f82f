import { restoreBackup } from '@keyhaven/server';

/*
 * One restore, which says on standard output what it is at, and stops for ever once it has said so many lines:
 * `node restore-child.ts <lines> <backup> <identity file> <data folder> <journal> <seal key file>`.
 */
const [lines = '', backup = '', identityFile = '', dataDir = '', journal = '', keyFile = ''] =
  process.argv.slice(2);
let said = 0;
const say = (line: string) => {
  process.stdout.write(`${line}\n`);
  if (++said === Number(lines)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};

say('beginning');
await restoreBackup(
  { backup, identityFile, dataDir, journal, allow: new Set(), seal: { keyFile } },
  ({ text }) => {
    say(text);
  },
);
say('restored');
