import { startService } from '@keyhaven/server';
import { defaultOptions } from '@keyhaven/server/config';

/** The real service in a process of its own that tells its CPU time, all threads together, when asked. */
const startedAt = performance.now();
const [dataDir, tlsCert, tlsKey] = process.argv.slice(2);
const seed = process.env['BENCH_SEED'];
if (dataDir === undefined) throw new Error('usage: keyhaven-server.ts DATA_DIR [CERTIFICATE KEY]');
const service = await startService({ ...defaultOptions, port: 0, dataDir, tlsCert, tlsKey, seed });

process.on('message', () => process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss }));
process.send?.({ port: Number(new URL(service.url).port), startMs: performance.now() - startedAt });
process.on('SIGTERM', () => void service.close().then(() => process.exit(0)));
// Whoever measures is gone.
process.on('disconnect', () => process.exit(1));
