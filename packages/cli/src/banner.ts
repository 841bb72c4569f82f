import type { Profile } from '@keyhaven/server/config';
import { quoteForShell } from './terminal/shell-words.ts';

/** What a banner tells of a service. */
export interface ServiceFacts {
  readonly url: string;
  readonly dataDir: string;
  readonly profile: Profile;
  readonly isSealed: boolean;
  readonly sealKind: string;
}

/** What whoever started the service needs first. The last line is for programs: it stands there once requests are answered. */
export function renderBanner(facts: ServiceFacts, version: string): string {
  const text = facts.profile === 'development' ? renderDevelopment(facts) : renderProduction(facts);
  return `Keyhaven ${version}: a key management service that speaks the AWS KMS API

  endpoint     ${facts.url}
  data folder  ${facts.dataDir}
${text}
listening on ${facts.url}
`;
}

function renderDevelopment({ url }: ServiceFacts): string {
  return `
To use it with the AWS CLI:

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-2 AWS_PAGER= AWS_EC2_METADATA_DISABLED=true
  aws --endpoint-url ${url} kms create-key

This is the development profile: well-known credentials, plain HTTP, this machine only.
Do not keep real secrets in it.
`;
}

function renderProduction({ dataDir, isSealed, sealKind }: ServiceFacts): string {
  const folder = quoteForShell(dataDir);
  if (!isSealed) return `  seal         ${sealKind}, open\n`;
  return `  seal         ${sealKind}, sealed: every request is refused until it is unsealed

To unseal it${sealKind === 'shamir' ? ', once for each share' : ''}:

  keyhaven unseal --data-dir ${folder}
`;
}
