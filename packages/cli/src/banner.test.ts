import { describe, expect, it } from 'vitest';
import { renderBanner, type ServiceFacts } from './banner.ts';

const production: ServiceFacts = {
  url: 'https://kms.example.com:4599',
  dataDir: '/var/lib/keyhaven',
  profile: 'production',
  isSealed: true,
  sealKind: 'passphrase',
};

describe('The banner of production', () => {
  it('tells endpoint, folder, that it is sealed and what to do about it, and last where it listens', () => {
    expect(renderBanner(production, '1.2.3'))
      .toBe(`Keyhaven 1.2.3: a key management service that speaks the AWS KMS API

  endpoint     https://kms.example.com:4599
  data folder  /var/lib/keyhaven
  seal         passphrase, sealed: every request is refused until it is unsealed

To unseal it:

  keyhaven unseal --data-dir /var/lib/keyhaven

listening on https://kms.example.com:4599
`);
  });

  it('asks for every share of a seal of shares', () => {
    expect(renderBanner({ ...production, sealKind: 'shamir' }, '1')).toContain('once for each share:');
  });

  it('asks for nothing once it is open', () => {
    const text = renderBanner({ ...production, isSealed: false }, '1');
    expect(text).toContain('passphrase, open');
    expect(text).not.toContain('unseal');
  });

  it('names no well-known credentials, and none to export', () => {
    expect(renderBanner(production, '1')).not.toMatch(/well-known|test|AWS_SECRET/);
  });

  it('quotes a folder that a shell would take apart', () => {
    const text = renderBanner({ ...production, dataDir: "/srv/it's here" }, '1');
    expect(text).toContain(`keyhaven unseal --data-dir '/srv/it'\\''s here'`);
  });
});

it('The banner of development is what it was', () => {
  const url = 'http://127.0.0.1:4599';
  const facts = { ...production, url, profile: 'development' as const, isSealed: false, sealKind: 'file' };
  expect(renderBanner(facts, '1.2.3'))
    .toBe(`Keyhaven 1.2.3: a key management service that speaks the AWS KMS API

  endpoint     http://127.0.0.1:4599
  data folder  /var/lib/keyhaven

To use it with the AWS CLI:

  export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=eu-west-2 AWS_PAGER= AWS_EC2_METADATA_DISABLED=true
  aws --endpoint-url http://127.0.0.1:4599 kms create-key

This is the development profile: well-known credentials, plain HTTP, this machine only.
Do not keep real secrets in it.

listening on http://127.0.0.1:4599
`);
});
