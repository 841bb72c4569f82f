import { join } from 'node:path';
import { quoteForShell } from '../terminal/shell-words.ts';
import { renderFacts } from '../terminal/table.ts';
import { configPathOf, tlsFileNames } from './init-config.ts';
import type { InitPlan } from './init-plan.ts';
import type { Made } from './make-installation.ts';

/** What was made, and what to do next. */
export function renderMade(plan: InitPlan, made: Made): string {
  const { dataDir, seal } = plan;
  return `
Made an installation in ${dataDir}.

${indent(
  renderFacts([
    ['Installation', made.installationId],
    ['Account', made.accountId],
    ['Seal', seal.kind],
    ['Configuration', configPathOf(plan)],
    ['Certificate', describeCertificate(plan, made)],
  ]),
)}
Start it:

  keyhaven serve ${placeOf(plan)}
${renderUnseal(plan)}
To use it with the AWS CLI:

${renderAws(plan, made)}
${renderReach(plan)}`;
}

function describeCertificate({ dataDir, tls }: InitPlan, { certificateEnds }: Made): string | undefined {
  if (tls.kind === 'none') return undefined;
  if (tls.kind === 'files') return tls.cert;
  const day = certificateEnds?.toISOString().slice(0, 10) ?? '';
  return `${join(dataDir, tlsFileNames.cert)}, self-signed for ${tls.names.join(', ')}, until ${day}`;
}

function renderUnseal(plan: InitPlan): string {
  const { seal } = plan;
  const unseal = `  keyhaven unseal ${placeOf(plan)}`;
  if (seal.kind === 'passphrase') return `\nIt starts sealed. In a second terminal:\n\n${unseal}\n`;
  if (seal.kind === 'shamir')
    return `\nIt starts sealed. In a second terminal, once for each of ${seal.threshold} shares:\n\n${unseal}\n`;
  return '';
}

function renderAws(plan: InitPlan, { accessKeyId }: Made): string {
  const credentials =
    plan.credentialsFile === undefined
      ? `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY='the secret access key'`
      : `AWS_SHARED_CREDENTIALS_FILE=${quoteForShell(plan.credentialsFile)}`;
  const ca =
    plan.tls.kind === 'self-signed'
      ? ` AWS_CA_BUNDLE=${quoteForShell(join(plan.dataDir, tlsFileNames.cert))}`
      : '';
  return `  export ${credentials}${ca}
  export AWS_DEFAULT_REGION=eu-west-2 AWS_PAGER= AWS_EC2_METADATA_DISABLED=true
  aws --endpoint-url ${endpointOf(plan)} kms create-key
`;
}

/** A name that the certificate is for, if it is for any. */
function endpointOf({ tls, allowHosts: [name], host, port }: InitPlan): string {
  const own = host.includes(':') ? `[${host}]` : host;
  return `${tls.kind === 'none' ? 'http' : 'https'}://${name ?? own}:${port === 0 ? 'PORT' : port}`;
}

function renderReach({ host }: InitPlan): string {
  return host === '127.0.0.1'
    ? 'It listens on 127.0.0.1 only. To be reached from other machines it needs another host in its configuration.\n'
    : '';
}

function placeOf({ configPath, dataDir }: InitPlan): string {
  return configPath === undefined
    ? `--data-dir ${quoteForShell(dataDir)}`
    : `--config ${quoteForShell(configPath)}`;
}

function indent(text: string): string {
  return text.replaceAll(/^(?=.)/gm, '  ');
}
