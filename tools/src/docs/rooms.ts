import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';

const source = 'packages/server/src';

/** What each room of the server is for, in one line; a room that is not named here fails the build. */
const purposes: Readonly<Record<string, string>> = {
  accounts: 'accounts and their access keys',
  admin: 'what administrators can do: a table of acts, none of which uses a key',
  attestation: 'from a signed document of an enclave to whom a reply is encrypted for',
  audit: 'the journal: one record for each authenticated request, chained by hash',
  authentication: 'Signature Version 4: from a signed request to a principal',
  authorization: 'one decision: may this caller do this to this key',
  backup: 'encrypted backups, verified before they count; restoring them; copies from before a migration',
  config: 'every option with its default, its text and its rule',
  'domain-keys': 'the keys between root key and key material',
  explanation: 'why a request is allowed or refused, and who may use a key; it only reads',
  grants: 'grants: found by grantee, named by tokens, ended in time',
  http: 'the socket: TLS, limits, Host names, health, readiness, clock',
  hygiene: 'what of the process itself could give its memory away',
  identities: 'users, groups, roles and their policies: who a caller is, and what policies speak of it',
  installation: 'opening a data folder: lock, seal, database',
  integrity: 'looking for damage in a whole store and journal, and telling all of it',
  jobs: 'what happens by itself: rotation, expiry, destruction',
  'key-stores': 'where key material lives and is used',
  keys: 'the rules about KMS keys: identifiers, states, rotation, tags',
  lifecycle: 'the service through its sealings and unsealings',
  pipeline: "the request's path: the stages in their order, and what an operation is",
  protocol: 'two wire formats: AWS JSON 1.1 and AWS Query',
  rotation: 'a new root key or domain key in the place of the old one, in phases',
  seal: 'what holds the root key outside the database',
  seed: 'files that bring keys with them',
  sessions: 'temporary credentials, sealed into their tokens, and forwarded access of services',
  services: 'the operations, one file each, and their list',
  storage: 'rows, their MACs, units of work; the SQLite adapter',
  telemetry: 'alarms for the operator',
  usage: 'when each key was last used: noted in memory, stored behind the requests',
};

/** The table of rooms in ARCHITECTURE.md: each with its purpose and the rooms whose code it imports. */
export async function renderRooms(root: string): Promise<string> {
  const rooms = readdirSync(join(root, source), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const imports = await readImports(root);
  const rows = rooms.map((room) => {
    const purpose = purposes[room];
    if (purpose === undefined) throw new Error(`say in tools/src/docs/rooms.ts what the room ${room} is for`);
    return `| \`${room}/\` | ${purpose} | ${[...(imports.get(room) ?? [])].sort().join(', ')} |`;
  });
  return `| Room | What it is for | Imports the code of |\n| --- | --- | --- |\n${rows.join('\n')}`;
}

/** Which rooms each room imports, tests and type-only imports left out. */
async function readImports(root: string): Promise<Map<string, Set<string>>> {
  const { output } = await cruise([source], {
    baseDir: root,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['[.]test[.]ts$', '[.]test-support[.]ts$'] },
    tsPreCompilationDeps: true,
  });
  const imports = new Map<string, Set<string>>();
  for (const { source: from, dependencies } of (output as ICruiseResult).modules) {
    const room = roomOf(from);
    if (room === undefined) continue;
    for (const { resolved, dependencyTypes } of dependencies) {
      const other = roomOf(resolved);
      if (other === undefined || other === room || dependencyTypes.includes('type-only')) continue;
      imports.set(room, (imports.get(room) ?? new Set()).add(other));
    }
  }
  return imports;
}

function roomOf(path: string): string | undefined {
  return /^packages\/server\/src\/([^/]+)\//.exec(path)?.[1];
}
