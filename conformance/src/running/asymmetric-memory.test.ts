import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateKeyCommand,
  GenerateDataKeyPairCommand,
  type KeySpec,
  type KeyUsageType,
  KMSClient,
  SignCommand,
  type SigningAlgorithmSpec,
} from '@aws-sdk/client-kms';
import { administer } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolder, type ServedFolder } from '../durability/served-folder.ts';
import { canReadMemoryOfChildren, describeFound } from './memory-trial.ts';
import { openPrivateKeys } from './private-keys.ts';
import { searchMemory, type Wanted } from './process-memory.ts';

const signing: readonly (readonly [KeySpec, SigningAlgorithmSpec])[] = [
  ['RSA_2048', 'RSASSA_PSS_SHA_256'],
  ['ECC_NIST_P256', 'ECDSA_SHA_256'],
  ['ECC_SECG_P256K1', 'ECDSA_SHA_256'],
  ['ECC_NIST_EDWARDS25519', 'ED25519_SHA_512'],
  ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
];
const rounds = 20;

/** The same allowance as for symmetric keys, and for the same reason: see `memory.test.ts`. */
describe.skipIf(!canReadMemoryOfChildren())('The memory of a service with key pairs', { retry: 2 }, () => {
  let folder: string;
  let service: ServedFolder;
  let wanted: readonly Wanted[];

  beforeAll(async () => {
    folder = join(mkdtempSync(join(tmpdir(), 'keyhaven-memory-')), 'data');
    service = await serveFolder(folder);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const kms = new KMSClient({ endpoint: service.url, region: 'eu-west-2', credentials });
    await useKeyPairs(kms);
    kms.destroy();
    const sealingKey = Buffer.from(readFileSync(join(folder, 'file-seal.key'), 'latin1'), 'base64');
    wanted = openPrivateKeys(folder, sealingKey);
  });
  afterAll(async () => {
    await service.kill();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  const kindsOf = (found: readonly { readonly name: string }[]) =>
    new Set(found.map(({ name }) => name.slice(0, name.indexOf(':'))));

  it('holds a private key of every kind while it is open, so that this trial can fail', () => {
    expect(kindsOf(wanted)).toEqual(new Set(signing.map(([spec]) => spec)));
    expect(kindsOf(searchMemory(service.pid, wanted))).toEqual(kindsOf(wanted));
  });

  it('holds none of them once it is sealed', async () => {
    const admin = (act: string) => administer(join(folder, 'admin.sock'), act);
    expect(await admin('seal')).toMatchObject({ isSealed: true });
    expect((await fetch(`${service.url}/health`)).status).toBe(200);
    expect(describeFound(searchMemory(service.pid, wanted))).toEqual([]);
  });
});

/** Signs often under keys of every kind, with data key pairs between. */
async function useKeyPairs(kms: KMSClient): Promise<void> {
  const create = async (KeySpec: KeySpec, KeyUsage: KeyUsageType) =>
    (await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage }))).KeyMetadata?.KeyId;
  const symmetric = await create('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
  const Message = Buffer.from('a message');
  for (const [spec, SigningAlgorithm] of signing) {
    const KeyId = await create(spec, 'SIGN_VERIFY');
    for (let round = 0; round < rounds; round++) {
      await kms.send(new SignCommand({ KeyId, Message, SigningAlgorithm }));
      await kms.send(new GenerateDataKeyPairCommand({ KeyId: symmetric, KeyPairSpec: 'ECC_NIST_P256' }));
    }
  }
}
