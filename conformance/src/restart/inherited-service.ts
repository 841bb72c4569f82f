import { startService } from '@keyhaven/server';
import { defaultOptions, readEnvironment, readInheritedSocket } from '@keyhaven/server/config';

/* A service on the socket that it is handed. Arguments: the data folder and, for TLS, certificate and key. */

const [dataDir = '', tlsCert, tlsKey] = process.argv.slice(2);
const service = await startService(
  { ...defaultOptions, port: 0, dataDir, tlsCert, tlsKey },
  { inheritedFd: readInheritedSocket(readEnvironment(), process.pid) },
);
process.on('SIGTERM', () => void service.close().then(() => process.exit(0)));
process.stdout.write(`process ${process.pid} listens on ${service.url}\n`);
