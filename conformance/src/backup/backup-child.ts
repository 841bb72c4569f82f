import { startService } from '@keyhaven/server';

/*
 * A service that makes one backup after the other until it is killed, and says on standard output what it is at:
 * `node backup-child.ts <data folder> <target folder> <recipient>`.
 */
const [dataDir = '', to = '', recipient = ''] = process.argv.slice(2);
const say = (line: string) => {
  process.stdout.write(`${line}\n`);
};

const options = { host: '127.0.0.1', port: 0, dataDir, seed: undefined, allowHosts: [] };
const service = await startService(options);
say('serving');
for (;;) {
  const { path } = await service.backup({
    to,
    recipients: [recipient],
    onProgress: ({ text }) => {
      say(text);
    },
  });
  say(`made ${path}`);
}
