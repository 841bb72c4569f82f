import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import {
  DecryptCommand,
  type DecryptCommandInput,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateRandomCommand,
  type KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { useKeyPairs } from './key-use.ts';

const accountId = '111122223333';
const seededKeyId = 'bc436485-5092-42b8-92a3-0aa8b93536dc';
/** Exactly 32 bytes, recognisable as bytes, in hexadecimal and in Base64. */
const material = Buffer.from('CANARY-KEY-MATERIAL-0123456789AB');
const secretAccessKey = 'CANARY-SECRET-ACCESS-KEY-0123456789';
const marked = Buffer.from('CANARY-PLAINTEXT-0123456789-abcdefghijklmnopqrstuvwxyz');

let folder: string;
let service: TestService;
let kms: KMSClient;
/** Everything that no file, line or error text may hold. */
const secrets: Buffer[] = [material, Buffer.from(secretAccessKey), marked];
let errorTexts = '';
let standardError = '';

beforeAll(async () => {
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    standardError += Buffer.from(chunk as Uint8Array).toString('latin1');
    return true;
  });
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-canary-'));
  const seed = join(folder, 'seed.yaml');
  writeFileSync(
    seed,
    `accounts:
  - id: "${accountId}"
    rootAccessKeys: [{ accessKeyId: AKIACANARY, secretAccessKey: ${secretAccessKey} }]
    regions: { eu-west-2: { keys: [{ keyId: ${seededKeyId}, material: [${material.toString('hex')}] }] } }
`,
  );
  service = await startTestService({ seed });
  kms = service.client({ credentials: { accessKeyId: 'AKIACANARY', secretAccessKey } });
});

afterAll(async () => {
  vi.restoreAllMocks();
  await service.close();
  rmSync(folder, { recursive: true });
});

/** The spellings in which bytes could leak, without the ends that depend on what stands beside them. */
function spellings(secret: Buffer): readonly string[] {
  const hex = secret.toString('hex');
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), secret])
      .toString('base64')
      .slice(4, -4),
  );
  return [
    secret.toString('latin1'),
    hex,
    hex.toUpperCase(),
    ...base64,
    secret.toString('utf16le'),
    [...secret].join(','),
  ];
}

function filesIn(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' })
    .map((name) => join(path, name))
    .filter((name) => statSync(name).isFile());
}

function expectNoSecretIn(text: string, where: string): void {
  for (const secret of secrets) {
    for (const spelling of spellings(secret)) {
      if (spelling !== '' && text.includes(spelling)) throw new Error(`${where} holds ${spelling}`);
    }
  }
}

async function keep(request: Promise<unknown>): Promise<void> {
  try {
    await request;
  } catch (error) {
    errorTexts += `${String(error)} ${JSON.stringify(error)}\n`;
  }
}

/** Uses every cryptographic operation with marked bytes, and makes it fail in every way that has the bytes at hand. */
async function useEverything(): Promise<void> {
  const KeyId = seededKeyId;
  const EncryptionContext = { purpose: 'test' };
  const { CiphertextBlob } = await kms.send(
    new EncryptCommand({ KeyId, Plaintext: marked, EncryptionContext }),
  );
  await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  await kms.send(
    new ReEncryptCommand({
      CiphertextBlob,
      SourceEncryptionContext: EncryptionContext,
      DestinationKeyId: KeyId,
    }),
  );
  const dataKey = await kms.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 64 }));
  const random = await kms.send(new GenerateRandomCommand({ NumberOfBytes: 64 }));
  const hidden = await kms.send(new GenerateDataKeyWithoutPlaintextCommand({ KeyId, NumberOfBytes: 64 }));
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob: hidden.CiphertextBlob }));
  for (const { Plaintext } of [dataKey, random, opened]) secrets.push(Buffer.from(Plaintext ?? []));

  const spoilt = Buffer.from(CiphertextBlob ?? []);
  spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1;
  const decrypt = (input: DecryptCommandInput) => keep(kms.send(new DecryptCommand(input)));
  await decrypt({ CiphertextBlob: spoilt, EncryptionContext });
  await decrypt({ CiphertextBlob });
  await decrypt({ CiphertextBlob: marked });
  await decrypt({ CiphertextBlob, EncryptionContext, DryRun: true });
  await keep(kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.concat([marked, Buffer.alloc(4096)]) })));
  await keep(kms.send(new EncryptCommand({ KeyId: 'alias/absent', Plaintext: marked })));
  await keep(kms.send(new EncryptCommand({ KeyId, Plaintext: marked, EncryptionAlgorithm: 'SM2PKE' })));
  await keep(kms.send(new EncryptCommand({ KeyId, Plaintext: marked, DryRun: true })));
  await keep(
    kms.send(
      new EncryptCommand({
        KeyId,
        Plaintext: marked.toString() as unknown as Uint8Array,
        GrantTokens: ['t'],
      }),
    ),
  );
  secrets.push(...(await useKeyPairs(kms, marked, keep)));
  await keep(
    service
      .client({ credentials: { accessKeyId: 'AKIACANARY', secretAccessKey: 'wrong' } })
      .send(new EncryptCommand({ KeyId, Plaintext: marked })),
  );
}

describe('plaintexts, messages, MACs, shared secrets, private keys, data keys, key material and secret access keys', () => {
  afterEach(() => {
    expect(secrets.length).toBeGreaterThan(12);
  });

  it('are in no error text, on no line of standard error and in no file of the data folder', async () => {
    await useEverything();
    expect(errorTexts.split('\n').length).toBeGreaterThan(25);
    expectNoSecretIn(errorTexts, 'an error text');
    expectNoSecretIn(standardError, 'standard error');
    const files = filesIn(service.dataDir);
    expect(files.some((name) => name.endsWith('.jsonl'))).toBe(true);
    expect(files.some((name) => name.endsWith('security.log'))).toBe(true);
    expect(files.some((name) => name.endsWith('.db'))).toBe(true);
    for (const name of files) expectNoSecretIn(readFileSync(name, 'latin1'), name);
  });

  it('are in no file after a restart either, which writes the database together', async () => {
    service = await service.restart();
    kms = service.client({ credentials: { accessKeyId: 'AKIACANARY', secretAccessKey } });
    await useEverything();
    for (const name of filesIn(service.dataDir)) expectNoSecretIn(readFileSync(name, 'latin1'), name);
  });

  it('are not in the alarm that a damaged key raises, nor in its reply', async () => {
    const database = new DatabaseSync(join(service.dataDir, 'keyhaven.db'));
    database
      .prepare('UPDATE key_material SET wrapped = zeroblob(length(wrapped)) WHERE key_id = ?')
      .run(seededKeyId);
    database.close();
    service = await service.restart();
    kms = service.client({ credentials: { accessKeyId: 'AKIACANARY', secretAccessKey } });
    const before = standardError.length;
    errorTexts = '';
    await keep(kms.send(new EncryptCommand({ KeyId: seededKeyId, Plaintext: marked })));
    expect(errorTexts).toContain('KMSInternalException');
    expect(standardError.slice(before)).toContain('"event":"request failed"');
    expectNoSecretIn(errorTexts, 'an error text');
    expectNoSecretIn(standardError, 'standard error');
  });

  it('would be found if they were there', () => {
    expect(() =>
      expectNoSecretIn(`before ${Buffer.concat([Buffer.from('x'), marked]).toString('base64')}`, 'a text'),
    ).toThrow();
    expect(() => expectNoSecretIn(material.toString('hex'), 'a text')).toThrow();
  });
});
