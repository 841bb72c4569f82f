/*
 * The rooms' rules as data; ARCHITECTURE.md draws the picture. Type-only imports count as imports, except where a rule
 * says that it is about what runs.
 */

const server = '^packages/server/src';
const operations = `${server}/services/[^/]+/operations/`;
const families = `${server}/services/[^/]+/families/`;
/** Tests and what only tests use; they may look behind every door. */
const tests = ['[.]test[.]ts$', '[.]test-support[.]ts$', '^packages/testkit/', '^conformance/', '^bench/'];
const ownPackages = '^packages/[^/]+/';
/** What a finished program consists of. */
const sources = { path: '^packages/', pathNot: tests };

const forbidden = [
  {
    name: 'no-cycles',
    comment:
      'Modules that need each other to load have no order and cannot be read, tested or moved alone. Cycles of types ' +
      'vanish before anything runs and are not counted.',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-unresolved-imports',
    comment: 'A rule cannot judge an import that it cannot follow.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-forgotten-files',
    comment:
      'A file that imports nothing and that nothing imports is dead, or is loaded in a way that no rule sees.',
    severity: 'error',
    from: { orphan: true, path: '^packages/', pathNot: ['^packages/cli/bin/', '[.]d[.]ts$', ...tests] },
    to: {},
  },
  {
    name: 'sources-import-no-tests',
    comment: 'What runs in production must not depend on what is written for tests.',
    severity: 'error',
    from: sources,
    to: { path: tests },
  },

  // Packages
  {
    name: 'policy-stands-alone',
    comment: 'The policy language is pure: it is read, tested and trusted without the rest of the program.',
    severity: 'error',
    from: { path: '^packages/policy/src/', pathNot: tests },
    to: { pathNot: '^packages/policy/src/' },
  },
  {
    name: 'api-model-stands-alone',
    comment:
      'The API is data and rules about data. node:buffer is its only platform module: blobs are Buffers.',
    severity: 'error',
    from: { path: '^packages/api-model/src/', pathNot: tests },
    to: { pathNot: ['^packages/api-model/src/', '^(?:node:)?buffer$'] },
  },
  {
    name: 'crypto-stands-alone',
    comment:
      'Cryptography knows no keys of KMS, no storage and no request; only then can it be reviewed as a whole. Two libraries ' +
      'have what the platform does not: verification of ECDSA over a digest, Ed25519ph and the curve of SM2 ' +
      '(@noble/curves); ML-DSA over an external mu (@noble/post-quantum).',
    severity: 'error',
    from: { path: '^packages/crypto/src/', pathNot: tests },
    to: {
      pathNot: [
        '^packages/crypto/src/',
        '^(?:node:)?(?:crypto|buffer|util)$',
        'node_modules/@noble/(?:curves|post-quantum)/',
      ],
    },
  },
  {
    name: 'node-crypto-only-in-crypto',
    comment:
      'Every use of cryptography is in one package, so that a review of that package is a review of all of it. ' +
      'Tests of other packages keep to it too.',
    severity: 'error',
    from: { path: '^packages/', pathNot: '^packages/crypto/' },
    to: { path: '^(?:node:)?crypto$' },
  },
  {
    name: 'packages-do-not-import-the-server',
    comment:
      'Clients and tools speak to the service over the network, as anyone does. The exceptions work on a data folder ' +
      'that no service owns: the commands that start it, make it, restore it and examine it. What the options are ' +
      'called and where they are read from is told by config/, which starts nothing.',
    severity: 'error',
    from: {
      path: ownPackages,
      pathNot: [
        '^packages/server/',
        '^packages/cli/src/commands/(?:serve|init|restore|doctor)[.]ts$',
        ...tests,
      ],
    },
    to: { path: '^packages/server/', pathNot: `${server}/config/` },
  },
  {
    name: 'server-imports-no-program',
    comment: 'The service does not know who starts it.',
    severity: 'error',
    from: { path: `${server}/` },
    to: { path: '^packages/cli/' },
  },

  // Platform modules
  {
    name: 'sqlite-only-in-its-adapter',
    comment:
      'Everything else speaks to the storage port. The folder lock uses a database file of its own as a lock.',
    severity: 'error',
    from: {
      path: '^packages/',
      pathNot: [`${server}/storage/sqlite/`, `${server}/installation/folder-lock[.]ts$`, ...tests],
    },
    to: { path: '^(?:node:)?sqlite$' },
  },
  {
    name: 'http-only-in-http',
    comment: 'Requests reach the other rooms as plain values; no room but this one knows a socket.',
    severity: 'error',
    from: { path: `${server}/`, pathNot: [`${server}/http/`, ...tests] },
    to: { path: '^(?:node:)?(?:http|https|http2|tls)$' },
  },
  {
    name: 'libraries-stay-in-their-rooms',
    comment:
      'YAML is a format of seed files and configuration files, which the operator writes; nothing that a client sends ' +
      'is ever read as YAML.',
    severity: 'error',
    from: { path: `${server}/`, pathNot: [`${server}/(?:seed|config)/`, ...tests] },
    to: { path: 'node_modules/yaml/' },
  },
  {
    name: 'cbor-only-in-attestation',
    comment: 'Attestation documents are the only thing that a client sends as CBOR.',
    severity: 'error',
    from: { path: '^packages/', pathNot: [`${server}/attestation/`, ...tests] },
    to: { path: 'node_modules/cborg/' },
  },
  {
    name: 'age-only-in-its-adapter',
    comment:
      'Cryptography that is not in packages/crypto: one file format, for backups, used in one file, and its key pairs made ' +
      'in another, by nobody else.',
    severity: 'error',
    from: {
      path: '^packages/',
      pathNot: [
        `${server}/backup/age-file[.]ts$`,
        '^packages/cli/src/commands/backup-identity[.]ts$',
        ...tests,
      ],
    },
    to: { path: 'node_modules/age-encryption/' },
  },
  {
    name: 'seal-libraries-stay-in-the-seals',
    comment:
      'The client of another KMS opens connections to elsewhere, and the sharing library handles the sealing key: nothing ' +
      'else has a use for either.',
    severity: 'error',
    from: { path: '^packages/', pathNot: [`${server}/seal/`, ...tests] },
    to: { path: 'node_modules/(?:@aws-sdk|shamir-secret-sharing)/' },
  },

  // Operations
  {
    name: 'operations-know-only-their-vocabulary',
    comment:
      'An operation declares what it is and computes its outcome. It cannot reach the store, the socket, the journal or ' +
      'the clock, so it cannot skip authorization, a commit or a record.',
    severity: 'error',
    from: { path: [operations, families], pathNot: tests },
    to: {
      pathNot: [
        operations,
        families,
        `${server}/pipeline/(?:operation|page)[.]ts$`,
        `${server}/pipeline/targets/`,
        `${server}/keys/`,
        `${server}/grants/(?:grant-constraints|grant-entry|grant-id|grant-operations|new-grant)[.]ts$`,
        `${server}/authorization/(?:check|render)-key-policy[.]ts$`,
        `${server}/storage/(?:tables|unit-of-work)[.]ts$`,
        `${server}/key-stores/port[.]ts$`,
        `${server}/maybe[.]ts$`,
        '^packages/(?:api-model|policy|crypto)/',
      ],
    },
  },
  {
    name: 'operations-do-not-import-each-other',
    comment: 'One operation, one file. What a family of operations shares is in families/.',
    severity: 'error',
    from: { path: `${operations}([^/]+)[.]ts$`, pathNot: tests },
    to: { path: operations },
  },
  {
    name: 'operations-are-reached-through-their-service',
    comment: 'The pipeline knows operations by their declaration only; a service lists them.',
    severity: 'error',
    from: { path: `${server}/`, pathNot: [`${server}/services/`, ...tests] },
    to: { path: operations },
  },

  // Rooms
  {
    name: 'wire-rooms-do-not-see-each-other',
    comment:
      'Wire formats, signatures, permissions and records are independent of each other. What they share are types: the ' +
      'request as it came (protocol/wire-request.ts), who signed it (authentication/caller.ts, principal.ts), and what a ' +
      "wire format expects of a signature's scope (authentication/index.ts).",
    severity: 'error',
    from: {
      path: `${server}/(protocol|authentication|authorization|audit)/`,
      pathNot: tests,
    },
    to: {
      path: `${server}/(?:protocol|authentication|authorization|audit)/`,
      pathNot: [
        `${server}/$1/`,
        `${server}/protocol/wire-request[.]ts$`,
        `${server}/authentication/(?:caller|principal|index)[.]ts$`,
      ],
    },
  },
  {
    name: 'wire-rooms-share-only-types',
    comment:
      'The other half of the rule above: what crosses is a type and never runs, but for the reading of one header of the ' +
      'request as it came.',
    severity: 'error',
    from: {
      path: `${server}/(protocol|authentication|authorization|audit)/`,
      pathNot: tests,
    },
    to: {
      path: `${server}/(?:protocol|authentication|authorization|audit)/`,
      pathNot: [`${server}/$1/`, `${server}/protocol/wire-request[.]ts$`],
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'keys-do-not-look-up',
    comment: 'The rules about keys hold without a request, a record or a commit.',
    severity: 'error',
    from: { path: `${server}/keys/`, pathNot: tests },
    to: { path: `${server}/(?:pipeline|protocol|authentication|authorization|audit|http|jobs|services)/` },
  },
  {
    name: 'attestation-verifies-alone',
    comment:
      'Whether a document vouches for somebody follows from its bytes, the roots and the time. It knows no request and no ' +
      'key, so that another thread can do it.',
    severity: 'error',
    from: { path: `${server}/attestation/`, pathNot: tests },
    to: {
      path: `${server}/`,
      pathNot: [`${server}/attestation/`, `${server}/(?:maybe|start-refusal)[.]ts$`],
    },
  },
  {
    name: 'storage-knows-no-domain',
    comment: 'Storage keeps rows; what they mean is decided above it.',
    severity: 'error',
    from: { path: `${server}/storage/`, pathNot: tests },
    to: { path: `${server}/`, pathNot: [`${server}/storage/`, `${server}/(?:maybe|start-refusal)[.]ts$`] },
  },
  {
    name: 'administrators-use-no-keys',
    comment:
      'An administrator looks after the service and never uses a KMS key: its acts cannot reach what encrypts, decrypts ' +
      'or answers requests.',
    severity: 'error',
    from: { path: `${server}/admin/`, pathNot: tests },
    to: {
      path: `${server}/(?:key-stores|services|pipeline|protocol|authorization|seed)/`,
      dependencyTypesNot: ['type-only'],
    },
  },
  {
    name: 'examinations-only-look',
    comment:
      'An examination reads rows and the journal as they are stored. It cannot reach what answers requests, uses a key or ' +
      'changes anything, so it can neither be misled by a cache nor mend what it finds.',
    severity: 'error',
    from: { path: `${server}/integrity/`, pathNot: tests },
    to: {
      path: [
        `${server}/(?:accounts|admin|authentication|authorization|http|jobs|key-stores|lifecycle|pipeline|protocol|rotation|seed|services)/`,
        // What documents, names and tags may be is told by identities/ without an answer to any request.
        `${server}/identities/(?:stored-identities|read-identity)[.]ts$`,
      ],
    },
  },
  {
    name: 'explanations-only-read',
    comment:
      'An explanation loads what a request loads and asks the same rules. It cannot reach what uses a key or changes ' +
      'anything, but through the ports that the targets of operations load by.',
    severity: 'error',
    from: { path: `${server}/explanation/`, pathNot: tests },
    to: {
      path: `${server}/(?:admin|backup|domain-keys|http|jobs|key-stores|lifecycle|rotation|seal|seed|services|sessions)/`,
    },
  },
  {
    name: 'nothing-served-rests-on-an-examination',
    comment:
      'What a request meets is decided by the row that it reads, verified then and there, and never by what an examination ' +
      'once said. A backup counts only once its copy has been examined.',
    severity: 'error',
    from: {
      path: `${server}/`,
      pathNot: [
        `${server}/integrity/`,
        `${server}/backup/verify-store[.]ts$`,
        `${server}/admin/acts/doctor[.]ts$`,
        `${server}/lifecycle/open-service[.]ts$`,
        `${server}/(?:examine-folder|index)[.]ts$`,
        ...tests,
      ],
    },
    to: { path: `${server}/integrity/` },
  },
  {
    name: 'adapters-are-chosen-in-one-place',
    comment:
      'Everyone else works with a port, so that another database, seal or key store changes nothing but this. Seed files ' +
      'carry key material in clear, which only the software key store takes; and what a domain key wraps is that ' +
      "store's, so the rotation of domain keys knows it. A backup copies the database as SQLite has it, and a restore " +
      'makes a store from it.',
    severity: 'error',
    from: {
      path: '^packages/',
      pathNot: [
        `${server}/(?:main|request-path|init-installation|examine-folder)[.]ts$`,
        `${server}/lifecycle/open-service[.]ts$`,
        `${server}/installation/`,
        `${server}/storage/sqlite/`,
        `${server}/seal/`,
        `${server}/seed/`,
        `${server}/rotation/`,
        `${server}/backup/`,
        ...tests,
      ],
    },
    to: { path: `${server}/(?:storage/sqlite/|seal/[^/]+-seal[.]ts$|key-stores/software-key-store[.]ts$)` },
  },
  {
    name: 'only-main-listens',
    comment: 'The socket is the outermost room: nothing inside knows that it exists.',
    severity: 'error',
    from: { path: `${server}/`, pathNot: [`${server}/(?:main|listen)[.]ts$`, `${server}/http/`, ...tests] },
    to: { path: `${server}/http/` },
  },
  {
    name: 'hygiene-looks-at-the-process-alone',
    comment:
      'Whether the process is safe to hold keys is decided before anything else runs, from nothing but the process itself.',
    severity: 'error',
    from: { path: `${server}/hygiene/`, pathNot: tests },
    to: { path: '.', pathNot: [`${server}/hygiene/`, '^(?:node:)?fs$'] },
  },
  {
    name: 'leaves-import-nothing',
    comment:
      'Time, alarms and the two small value types are usable from everywhere because they lean on nothing.',
    severity: 'error',
    from: { path: `${server}/(?:clock|maybe|start-refusal)[.]ts$|${server}/telemetry/`, pathNot: tests },
    to: { path: '.', pathNot: `${server}/telemetry/` },
  },
];

module.exports = {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
    },
  },
};
