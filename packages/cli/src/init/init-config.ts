import { join } from 'node:path';
import { configFileName, renderConfigFile } from '@keyhaven/server/config';
import type { InitPlan } from './init-plan.ts';

/** What a certificate that is made here and its key are called in the data folder. */
export const tlsFileNames = { cert: 'tls-cert.pem', key: 'tls-key.pem' } as const;

/** Where the configuration file will be. */
export function configPathOf({ configPath, dataDir }: InitPlan): string {
  return configPath ?? join(dataDir, configFileName);
}

/** The configuration file of the new installation. In its data folder it names no path that moving the folder would break. */
export function renderInitConfig(plan: InitPlan): string {
  const { configPath, dataDir, host, port, allowHosts, backupRecipients, allowUnsafe } = plan;
  return renderConfigFile({
    profile: 'production',
    ...(configPath === undefined ? {} : { dataDir }),
    host,
    port,
    ...renderTls(plan),
    ...(allowHosts.length > 0 ? { allowHosts } : {}),
    ...(backupRecipients.length > 0 ? { backupRecipients } : {}),
    ...(allowUnsafe.size > 0 ? { allowUnsafe } : {}),
  });
}

function renderTls({ tls, configPath, dataDir }: InitPlan): { tlsCert?: string; tlsKey?: string } {
  if (tls.kind === 'none') return {};
  if (tls.kind === 'files') return { tlsCert: tls.cert, tlsKey: tls.key };
  const { cert, key } = tlsFileNames;
  return configPath === undefined
    ? { tlsCert: cert, tlsKey: key }
    : { tlsCert: join(dataDir, cert), tlsKey: join(dataDir, key) };
}
