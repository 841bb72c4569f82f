import { request } from 'node:http';
import { join } from 'node:path';

/**
 * Asks a running service for a backup, and hears every line of the reply as it comes. Resolves when the reply is over,
 * also where the service died under it.
 */
export async function progressLines(
  dataDir: string,
  body: object,
  onLine: (line: string) => void,
): Promise<void> {
  const socketPath = join(dataDir, 'admin.sock');
  await new Promise<void>((resolve) => {
    const over = () => {
      resolve();
    };
    const sent = request({ socketPath, path: '/admin/backup', method: 'POST' }, (reply) => {
      let begun = '';
      reply.setEncoding('utf8');
      reply.on('data', (text: string) => {
        const lines = (begun + text).split('\n');
        begun = lines.pop() ?? '';
        for (const line of lines) onLine(line);
      });
      reply.on('error', over);
      reply.on('close', over);
    });
    sent.on('error', over);
    sent.end(JSON.stringify(body));
  });
}
