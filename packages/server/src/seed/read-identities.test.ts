import { describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { parseSeed } from './read-seed-file.ts';

const accountId = '111122223333';
const allow = '{ Version: 2012-10-17, Statement: { Effect: Allow, Action: "kms:*", Resource: "*" } }';
const trust =
  '{ Version: 2012-10-17, Statement: { Effect: Allow, Principal: { AWS: "111122223333" }, Action: "sts:AssumeRole" } }';
/** A valid document of this many characters that are not white space. */
const sized = (characters: number) => {
  const document = (sid: string) =>
    JSON.stringify({ Statement: { Sid: sid, Effect: 'Allow', Action: '*', Resource: '*' } });
  return `'${document('s'.repeat(characters - document('').length))}'`;
};

const sizedTrust = (characters: number) => {
  const document = (sid: string) =>
    JSON.stringify({
      Statement: { Sid: sid, Effect: 'Allow', Principal: { AWS: accountId }, Action: 'sts:AssumeRole' },
    });
  return `'${document('s'.repeat(characters - document('').length))}'`;
};

/** One account's fields, the first of them in line 3 of the file. */
const withFields = (lines: string) =>
  `accounts:\n  - id: "${accountId}"\n${lines.replaceAll(/^/gm, '    ')}\n`;

const read = (lines: string) => parseSeed(withFields(lines), 'seed.yaml').accounts[0]?.identities;

function refused(lines: string): string {
  try {
    read(lines);
  } catch (error) {
    if (error instanceof StartRefusal) return error.message;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('the principals of a seed file', () => {
  it('are read with what belongs to them, policies and groups by name whatever its case, or by ARN', () => {
    const identities = read(
      [
        `policies: [{ name: UseKeys, path: /a/b/, description: d, document: ${allow} }, { name: Other, document: '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}' }]`,
        `groups: [{ name: Ops, policies: [usekeys], inlinePolicies: { i: ${allow} } }]`,
        `users: [{ name: Ada, groups: [OPS], policies: [arn:aws:iam::${accountId}:policy/a/b/UseKeys], boundary: OTHER, tags: { Team: x }, accessKeys: [{ accessKeyId: AKIA, secretAccessKey: s }] }]`,
        `roles: [{ name: Deploy, trustPolicy: ${trust}, boundary: Other, maxSessionSeconds: 43200 }]`,
        `services: [{ name: s3.amazonaws.com, accessKeys: [{ accessKeyId: AKIB, secretAccessKey: s, status: Inactive }] }]`,
        `controlPolicies: { service: { scp: ${allow} }, resource: { rcp: ${allow.replace('Action', 'Principal: "*", Action')} } }`,
      ].join('\n'),
    );
    expect(identities).toMatchObject({
      policies: [
        { name: 'UseKeys', path: '/a/b/', description: 'd' },
        { name: 'Other', path: '/' },
      ],
      groups: [{ name: 'Ops', policyKeys: ['usekeys'] }],
      users: [
        {
          name: 'Ada',
          groupKeys: ['ops'],
          policyKeys: ['usekeys'],
          boundaryKey: 'other',
          tags: new Map([['Team', 'x']]),
          accessKeys: [{ accessKeyId: 'AKIA', status: 'Active', line: 5 }],
        },
      ],
      roles: [{ name: 'Deploy', boundaryKey: 'other', maxSessionSeconds: 43_200, trustPolicy: { line: 6 } }],
      services: [{ name: 's3.amazonaws.com', accessKeys: [{ status: 'Inactive' }] }],
      controlPolicies: [
        { kind: 'service', name: 'scp' },
        { kind: 'resource', name: 'rcp' },
      ],
    });
    expect(JSON.parse(identities?.policies[0]?.document ?? '')).toMatchObject({ Version: '2012-10-17' });
  });

  it('have sessions of an hour unless the file says otherwise', () => {
    expect(read(`roles: [{ name: r, trustPolicy: ${trust} }]`)?.roles[0]?.maxSessionSeconds).toBe(3600);
  });

  it('have documents up to the limits of IAM, white space not counted', () => {
    const spaced = (characters: number) => sized(characters).replaceAll(',', ' ,   ');
    read(`policies: [{ name: p, document: ${spaced(6144)} }]`);
    read(`groups: [{ name: g, inlinePolicies: { a: ${spaced(2500)}, b: ${spaced(2620)} } }]`);
    read(`users: [{ name: u, inlinePolicies: { a: ${spaced(2048)} } }]`);
    read(`roles: [{ name: r, trustPolicy: ${trust}, inlinePolicies: { a: ${spaced(10_240)} } }]`);
    read(`roles: [{ name: r, trustPolicy: ${sizedTrust(2048)} }]`);
    read(`controlPolicies: { service: { c: ${sized(5120)} } }`);
  });
});

describe('principals of a seed file are refused with the line and the rule', () => {
  const policy = (name: string) => `{ name: ${name}, document: ${allow} }`;
  const eleven = Array.from({ length: 11 }, (_, index) => `p${index}`);

  it.each<[string, number, string]>([
    ['users:\n  - {}', 4, 'users[0].name is missing'],
    ['users:\n  - { name: "a b" }', 4, 'users[0].name must be 1 to 64 letters'],
    [`users:\n  - { name: ${'a'.repeat(65)} }`, 4, 'users[0].name must be 1 to 64'],
    [`roles:\n  - { name: ${'a'.repeat(65)}, trustPolicy: ${trust} }`, 4, 'roles[0].name must be 1 to 64'],
    [`groups:\n  - { name: ${'a'.repeat(129)} }`, 4, 'groups[0].name must be 1 to 128'],
    [`policies:\n  - { name: ${'a'.repeat(129)}, document: ${allow} }`, 4, 'must be 1 to 128'],
    ['users:\n  - { name: 123456789012 }', 4, 'must be quoted'],
    ['users:\n  - { name: Ada }\n  - { name: ADA }', 5, 'users[1].name repeats what stands in line 4'],
    ['groups:\n  - { name: g }\n  - { name: G }', 5, 'repeats what stands in line 4'],
    [`policies:\n  - ${policy('p')}\n  - ${policy('P')}`, 5, 'repeats what stands in line 4'],
    [
      `roles:\n  - { name: r, trustPolicy: ${trust} }\n  - { name: R, trustPolicy: ${trust} }`,
      5,
      'repeats what stands in line 4',
    ],
    ['users:\n  - { name: a,\n      path: staff }', 5, 'users[0].path must begin and end with a slash'],
    ['users:\n  - { name: a, path: /staff }', 4, 'must begin and end with a slash'],
    [`users:\n  - { name: a, path: /${'p'.repeat(511)}/ }`, 4, 'must begin and end with a slash'],
    ['users:\n  - { name: a, password: x }', 4, 'users[0].password is not a field'],
    ['users:\n  - { name: a, groups: [g] }', 4, 'users[0].groups[0] names no group of this account'],
    [
      'groups: [{ name: g }]\nusers:\n  - { name: a, groups: [g, G] }',
      5,
      'users[0].groups[1] repeats what stands in line 5',
    ],
    ['users:\n  - { name: a, policies: [p] }', 4, 'users[0].policies[0] names no policy of this account'],
    [
      `policies: [${policy('p')}]\nusers:\n  - { name: a, policies: [arn:aws:iam::444455556666:policy/p] }`,
      5,
      'names no policy of this account',
    ],
    [
      `policies: [${policy('p')}]\nusers:\n  - { name: a, policies: [arn:aws:iam::${accountId}:policy/x/p] }`,
      5,
      'names no policy of this account',
    ],
    [
      `policies: [${policy('p')}]\nusers:\n  - { name: a, policies: [p, P] }`,
      5,
      'users[0].policies[1] repeats what stands in line 5',
    ],
    [
      `policies: [${eleven.map(policy).join()}]\nusers:\n  - { name: a, policies: [${eleven.join()}] }`,
      5,
      'users[0].policies must be at most 10',
    ],
    [
      `groups: [${eleven.map((name) => `{ name: ${name} }`).join()}]\nusers:\n  - { name: a, groups: [${eleven.join()}] }`,
      5,
      'users[0].groups must be at most 10',
    ],
    ['users:\n  - { name: a, boundary: p }', 4, 'users[0].boundary names no policy'],
    [
      'users:\n  - { name: a, accessKeys: [{ accessKeyId: AKIA, secretAccessKey: s }, { accessKeyId: AKIB, secretAccessKey: s }, { accessKeyId: AKIC, secretAccessKey: s }] }',
      4,
      'users[0].accessKeys must be at most 2',
    ],
    [
      'users:\n  - { name: a, accessKeys: [{ accessKeyId: AKIA, secretAccessKey: s, status: on }] }',
      4,
      'status must be Active or Inactive',
    ],
    [
      'rootAccessKeys: [{ accessKeyId: AKIA, secretAccessKey: s }]\nusers:\n  - { name: a, accessKeys: [{ accessKeyId: AKIA, secretAccessKey: s }] }',
      5,
      'users[0].accessKeys[0].accessKeyId repeats what stands in line 3',
    ],
    ['users:\n  - { name: a, tags: { Team: x, team: y } }', 4, 'tags.team repeats what stands in line 4'],
    ['users:\n  - { name: a, tags: { aws:x: y } }', 4, 'reserved'],
    ['users:\n  - { name: a, inlinePolicies: { p: "{" } }', 4, 'users[0].inlinePolicies.p is refused'],
    [`users:\n  - { name: a, inlinePolicies: { "a b": ${allow} } }`, 4, 'must be 1 to 128 letters'],
    [`users:\n  - { name: a, inlinePolicies: { p: ${trust} } }`, 4, 'users[0].inlinePolicies.p is refused'],
    [
      `users:\n  - { name: a, inlinePolicies: { p: ${sized(1024)}, q: ${sized(1025)} } }`,
      4,
      'users[0].inlinePolicies has more than 2,048 characters',
    ],
    [`groups:\n  - { name: a, inlinePolicies: { p: ${sized(5121)} } }`, 4, 'more than 5,120 characters'],
    [
      `roles:\n  - { name: a, trustPolicy: ${trust}, inlinePolicies: { p: ${sized(10_241)} } }`,
      4,
      'more than 10,240 characters',
    ],
    [`policies:\n  - { name: p, document: ${sized(6145)} }`, 4, 'document has more than 6,144 characters'],
    ['policies:\n  - { name: p }', 4, 'policies[0].document is missing'],
    [`policies:\n  - { name: p, document: ${trust} }`, 4, 'policies[0].document is refused'],
    [
      `policies:\n  - { name: p, description: ${'d'.repeat(1001)}, document: ${allow} }`,
      4,
      'description must be at most 1,000',
    ],
    ['roles:\n  - { name: r }', 4, 'roles[0].trustPolicy is missing'],
    [`roles:\n  - { name: r, trustPolicy: ${allow} }`, 4, 'roles[0].trustPolicy is refused'],
    [
      `roles:\n  - { name: r, trustPolicy: ${sizedTrust(2049)} }`,
      4,
      'roles[0].trustPolicy has more than 2,048 characters',
    ],
    [`roles:\n  - { name: r, trustPolicy: ${trust}, maxSessionSeconds: 3599 }`, 4, 'must be at least 3600'],
    [`roles:\n  - { name: r, trustPolicy: ${trust}, maxSessionSeconds: 43201 }`, 4, 'must be at most 43200'],
    [`roles:\n  - { name: r, trustPolicy: ${trust}, accessKeys: [] }`, 4, 'accessKeys is not a field'],
    ['services:\n  - { name: S3 }', 4, 'services[0].name is not the name of a service'],
    ['services:\n  - { name: s3.amazonaws.com }\n  - { name: s3.amazonaws.com }', 5, 'repeats'],
    ['controlPolicies:\n  identity: {}', 4, 'controlPolicies.identity is not a field'],
    [
      `controlPolicies:\n  service:\n    c: ${sized(5121)}`,
      5,
      'controlPolicies.service.c has more than 5,120 characters',
    ],
    ['controlPolicies:\n  resource:\n    c: "[]"', 5, 'controlPolicies.resource.c is refused'],
  ])('$2 (case $#)', (lines, line, rule) => {
    const message = refused(lines);
    expect(message).toContain(`The seed file seed.yaml is wrong in line ${line}: `);
    expect(message).toContain(rule);
  });

  it('never with a secret access key', () => {
    const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
    for (const lines of [
      `users: [{ name: "${secret} " }]`,
      `users: [{ name: a, accessKeys: [{ accessKeyId: "${secret}", secretAccessKey: s }] }]`,
      `users: [{ name: a, accessKeys: [{ accessKeyId: AKIA, secretAccessKey: ${secret}, status: x }] }]`,
      `users: [{ name: a, ${secret}: 1 }]`,
      `users: [{ name: a, policies: ["${secret}"] }]`,
      `services: [{ name: ${secret} }]`,
    ])
      expect(refused(lines)).not.toContain(secret);
  });
});
