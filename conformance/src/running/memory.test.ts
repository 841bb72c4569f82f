import { argon2Sync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@keyhaven/crypto';
import { initInstallation, type InitRequest } from '@keyhaven/server';
import { administer } from '@keyhaven/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shamirSeal } from '../../../packages/server/src/seal/shamir-seal.ts';
import { productionSettings, serveFolder, type ServedFolder } from '../durability/served-folder.ts';
import { openHierarchy, readSealHeader } from './key-hierarchy.ts';
import {
  canDumpCores,
  canReadMemoryOfChildren,
  type Credentials,
  describeFound,
  dumpCore,
  signingSecrets,
  useKeys,
} from './memory-trial.ts';
import { searchFile, searchMemory, type Wanted } from './process-memory.ts';

const canSearch = canReadMemoryOfChildren();
const developer = { accessKeyId: 'test', secretAccessKey: 'test' };
const accountId = '111122223333';
const keyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';
const material = Buffer.from('5c1be9f47a9d0be7a1f05b3c86d2914e0fb8d3e6127c45a99081f2637de4ba05', 'hex');
const folders: string[] = [];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-memory-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function administrator(dataDir: string) {
  return (act: string, body?: object) => administer(join(dataDir, 'admin.sock'), act, body);
}

const fileSealKey = (dataDir: string) =>
  Buffer.from(readFileSync(join(dataDir, 'file-seal.key'), 'latin1'), 'base64');

function keysOf(dataDir: string, sealingKey: Buffer): readonly Wanted[] {
  const { root, byScope } = openHierarchy(dataDir, sealingKey);
  return [{ name: 'sealing key', bytes: sealingKey }, ...root, ...[...byScope.values()].flat()];
}

describe.skipIf(!canSearch)('The memory of a service under a file seal', { retry: 2 }, () => {
  const credentials = {
    accessKeyId: 'AKIACANARY',
    secretAccessKey: 'qX3vLk9TzP0sWc7YhJm2RbN8eUaGd5fKiMx1Vo4B',
  };
  let dataDir: string;
  let service: ServedFolder;
  let retired: readonly Wanted[];
  let inUse: readonly Wanted[];

  /** An installation with a key of known material, made by a process that has ended. */
  async function seeded({ accessKeyId, secretAccessKey }: Credentials): Promise<string> {
    const [folder, seed] = [join(temporaryFolder(), 'data'), join(temporaryFolder(), 'seed.yaml')];
    writeFileSync(
      seed,
      `accounts:
  - id: "${accountId}"
    rootAccessKeys: [{ accessKeyId: ${accessKeyId}, secretAccessKey: ${secretAccessKey} }]
    regions: { eu-west-2: { keys: [{ keyId: ${keyId}, material: [${material.toString('hex')}] }] } }
`,
    );
    const first = await serveFolder(folder, { flags: ['--seed', seed] });
    await first.stop();
    rmSync(seed);
    return folder;
  }

  beforeAll(async () => {
    dataDir = await seeded(credentials);
    service = await serveFolder(dataDir);
    await useKeys(service.url, credentials, keyId);
    retired = keysOf(dataDir, fileSealKey(dataDir)).filter(({ name }) => name !== 'sealing key');
    await administrator(dataDir)('root-rotate');
    await administrator(dataDir)('domain-rotate', { scope: { kind: 'all' } });
    await useKeys(service.url, credentials, keyId);
    inUse = [
      { name: 'key material', bytes: material },
      ...signingSecrets(credentials),
      ...keysOf(dataDir, fileSealKey(dataDir)),
    ];
  });
  afterAll(() => service.kill());

  it('holds what it works with while it is open, so that this trial can fail', () => {
    const found = new Set(searchMemory(service.pid, inUse).map(({ name }) => name));
    for (const name of ['key material', 'secret access key', 'sealing key', 'wrap subkey of root'])
      expect(found).toContain(name);
  });

  it('holds none of the keys that were replaced, but for what opens markers and grant tokens that clients still hold', () => {
    const kept = ['marker subkey of identity', 'grant-token subkey of identity'];
    const gone = retired.filter(({ name }) => !kept.includes(name));
    expect(gone).toHaveLength(retired.length - kept.length);
    expect(describeFound(searchMemory(service.pid, gone))).toEqual([]);
  });

  it('holds no key material, no key above it and no secret access key once it is sealed', async () => {
    expect(await administrator(dataDir)('seal')).toMatchObject({ isSealed: true });
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect(describeFound(searchMemory(service.pid, [...inUse, ...retired]))).toEqual([]);
  });

  describe.skipIf(!canDumpCores())('as a core dump shows it', () => {
    const searchCore = () => {
      const core = dumpCore(service.pid, join(temporaryFolder(), 'core'));
      const found = searchFile(core ?? '', [...inUse, ...retired]);
      rmSync(core ?? '');
      return found;
    };

    it('holds them while it is open again, and none of them once it is sealed again', async () => {
      await administrator(dataDir)('unseal');
      await useKeys(service.url, credentials, keyId);
      expect(searchCore().map(({ name }) => name)).toContain('key material');
      await administrator(dataDir)('seal');
      expect(describeFound(searchCore())).toEqual([]);
    });
  });
});

/*
 * Tried again where something is found: in one run of many, half of a domain key was left in native memory that had been
 * freed, and it is not known by what. What a service really keeps is found every time.
 */
describe.skipIf(!canSearch)('The memory of a service', { retry: 2 }, () => {
  let service: ServedFolder | undefined;
  afterEach(async () => {
    await service?.kill();
    service = undefined;
  });

  /** Made by this process, whose memory nobody looks into. */
  async function initialised(seal: InitRequest['seal']) {
    const dataDir = join(temporaryFolder(), 'data');
    let handedOut: { readonly credentials: Credentials; readonly shares: readonly string[] } | undefined;
    const text = (secret: Secret) => secret.use((bytes) => bytes.toString());
    await initInstallation(
      { dataDir, seal },
      async ({ accessKeyId, secretAccessKey, shares }) => {
        const credentials = { accessKeyId, secretAccessKey: text(secretAccessKey) };
        handedOut = { credentials, shares: shares.map(text) };
        return Promise.resolve();
      },
      () => undefined,
    );
    if (handedOut === undefined) throw new Error('nothing was handed out');
    return { dataDir, ...handedOut };
  }

  const cost = { memoryKiB: 16 * 1024, passes: 1, parallelism: 2 };
  const passphrase = 'tundra-vinegar-oblique-marmot-56-lantern-quarry';
  const inBody = (text: string) => Buffer.from(text).toString('base64');

  it('that made its installation itself holds none of its keys once it is sealed', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    service = await serveFolder(dataDir);
    await useKeys(service.url, developer);
    const wanted = keysOf(dataDir, fileSealKey(dataDir));
    expect(searchMemory(service.pid, wanted).map(({ name }) => name)).toContain('sealing key');
    await administrator(dataDir)('seal');
    expect(describeFound(searchMemory(service.pid, wanted))).toEqual([]);
  });

  it('holds no passphrase once it is unsealed, and none of its keys once it is sealed', async () => {
    const { dataDir, credentials } = await initialised({
      kind: 'passphrase',
      passphrase: Secret.take(Buffer.from(passphrase)),
      cost,
    });
    service = await serveFolder(dataDir, productionSettings);
    const admin = administrator(dataDir);
    const { salt, memoryKiB, passes, parallelism } = readSealHeader(dataDir).seal;
    const sealingKey = argon2Sync('argon2id', {
      message: Buffer.from(passphrase),
      nonce: Buffer.from(String(salt), 'base64'),
      memory: Number(memoryKiB),
      passes: Number(passes),
      parallelism: Number(parallelism),
      tagLength: 32,
    });
    const wrong = 'gable-rhubarb-cinder-walrus-83-thimble-meadow';
    await expect(admin('unseal', { passphrase: inBody(wrong) })).rejects.toThrow('does not open');
    await admin('unseal', { passphrase: inBody(passphrase) });
    const entered = [
      { name: 'passphrase', bytes: Buffer.from(passphrase) },
      { name: 'wrong passphrase', bytes: Buffer.from(wrong) },
    ];
    expect(describeFound(searchMemory(service.pid, entered))).toEqual([]);

    await useKeys(service.url, credentials);
    const wanted = [...keysOf(dataDir, sealingKey), ...signingSecrets(credentials)];
    expect(searchMemory(service.pid, wanted).map(({ name }) => name)).toContain('sealing key');
    await admin('seal');
    expect(describeFound(searchMemory(service.pid, [...wanted, ...entered]))).toEqual([]);
  });

  it('holds neither shares nor the sealing key that they give once it is sealed', async () => {
    const { dataDir, credentials, shares } = await initialised({ kind: 'shamir', threshold: 2, total: 3 });
    service = await serveFolder(dataDir, productionSettings);
    const admin = administrator(dataDir);
    for (const share of shares.slice(1)) await admin('unseal', { share: inBody(share) });
    await useKeys(service.url, credentials);

    const place = { installationId: readSealHeader(dataDir).installationId, dataFolder: dataDir };
    const given = shares.slice(1).map((share) => Secret.take(Buffer.from(share)));
    const { setId, threshold, digests } = readSealHeader(dataDir).seal;
    const parameters = shamirSeal.parametersSchema.parse({ setId, threshold, digests });
    const opened = await shamirSeal.open(parameters, {
      ...place,
      shares: given,
    });
    const sealingKey = opened.use((bytes) => Buffer.from(bytes));
    const wanted = [
      // What comes before the sharing's id is no secret.
      ...shares.map((share) => ({
        name: 'share',
        bytes: Buffer.from(share.slice(share.indexOf('SET-') + 13)),
      })),
      ...keysOf(dataDir, sealingKey),
    ];
    expect(searchMemory(service.pid, wanted).map(({ name }) => name)).toContain('sealing key');
    await admin('seal');
    expect(describeFound(searchMemory(service.pid, wanted))).toEqual([]);
  });

  it('whose seal was changed holds neither the passphrase nor the sealing keys once it is sealed', async () => {
    const dataDir = join(temporaryFolder(), 'data');
    service = await serveFolder(dataDir);
    const admin = administrator(dataDir);
    await useKeys(service.url, developer);
    const wanted = [
      ...keysOf(dataDir, fileSealKey(dataDir)),
      { name: 'passphrase', bytes: Buffer.from(passphrase) },
    ];
    await admin('seal-change', { seal: { kind: 'passphrase', passphrase: inBody(passphrase) } });
    await admin('seal');
    expect(describeFound(searchMemory(service.pid, wanted))).toEqual([]);
  });
});
