import { StartRefusal, startService } from '@keyhaven/server';
import { defaultOptions, readEnvironment, readInheritedSocket } from '@keyhaven/server/config';

/* A service on the socket that it is handed. Arguments: host, data folder and, for TLS, certificate and key. */

const [host = '', dataDir = '', tlsCert, tlsKey] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);
try {
  const service = await startService(
    {
      ...defaultOptions,
      host,
      port: 0,
      dataDir,
      tlsCert,
      tlsKey,
      allowUnsafe: new Set(['well-known-credentials', 'plain-http']),
    },
    { inheritedFd: readInheritedSocket(readEnvironment(), process.pid) },
  );
  process.on('SIGTERM', () => void service.close().then(() => process.exit(0)));
  say(`process ${process.pid} listens on ${service.url}`);
} catch (error) {
  if (!(error instanceof StartRefusal)) throw error;
  say(`refused: ${error.message} ${error.nextStep}`);
  process.exitCode = 1;
}
