import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const allow = '{ Version: 2012-10-17, Statement: { Effect: Allow, Action: "kms:*", Resource: "*" } }';

/** One account with rows in every identity table. */
export const identitySeedText = `accounts:
  - id: "111122223333"
    policies: [{ name: UseKeys, document: ${allow} }, { name: Limit, document: ${allow} }]
    groups: [{ name: Ops, policies: [UseKeys] }]
    users:
      - { name: Ada, groups: [Ops], inlinePolicies: { own: ${allow} }, boundary: Limit, tags: { a: b }, accessKeys: [{ accessKeyId: AKIAADA, secretAccessKey: only for tests }] }
    roles:
      - name: Deploy
        trustPolicy: { Statement: { Effect: Allow, Principal: { AWS: "arn:aws:iam::111122223333:user/Ada" }, Action: "sts:AssumeRole" } }
    services: [{ name: s3.amazonaws.com, accessKeys: [{ accessKeyId: AKIASERVICE, secretAccessKey: only for tests }] }]
    controlPolicies: { service: { all: ${allow} } }
`;

/** The same as a file; the folder is the caller's to remove. */
export function writeIdentitySeed(folder: string): string {
  const path = join(folder, 'identities.yaml');
  writeFileSync(path, identitySeedText);
  return path;
}
