import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
  type KMSClient,
  ListAliasesCommand,
  ListKeyRotationsCommand,
  ListKeysCommand,
  ListResourceTagsCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import { day, type TestService } from '@keyhaven/testkit';
import { generateHybridIdentity, identityToRecipient } from 'age-encryption';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { verifyJournal } from '../durability/journal-verifier.ts';
import { readStoredFacts } from '../durability/stored-facts.ts';
import { progressLines } from './progress-lines.ts';
import { backUp, makeIdentity, opened, restored, restoreOptions, temporaryFolder } from './restorable.ts';

const name = fc.stringMatching(/^[a-zA-Z0-9/_-]{1,20}$/);

/** A key of the installation that is backed up. */
const plannedKey = fc.record({
  region: fc.constantFrom('eu-west-2', 'us-east-1'),
  description: fc.string({ maxLength: 40 }),
  tags: fc.dictionary(name, fc.string({ maxLength: 20 }).filter(isTagValue), { maxKeys: 4 }),
  rotations: fc.nat(2),
  isDisabled: fc.boolean(),
});

function isTagValue(text: string): boolean {
  return /^[a-zA-Z0-9 +=._:/@-]*$/.test(text);
}

interface MadeKey {
  readonly region: string;
  readonly keyId: string;
  /** One under each key material. */
  readonly ciphertexts: readonly Uint8Array[];
  readonly isDisabled: boolean;
}

async function make(kms: KMSClient, plan: Plan): Promise<MadeKey> {
  const Tags = Object.entries(plan.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: plan.description, Tags }));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const ciphertexts: Uint8Array[] = [];
  for (let turn = 0; turn <= plan.rotations; turn++) {
    if (turn > 0) await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
    const reply = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from(`${KeyId} ${turn}`) }));
    ciphertexts.push(reply.CiphertextBlob ?? new Uint8Array());
  }
  if (plan.isDisabled) await kms.send(new DisableKeyCommand({ KeyId }));
  return { region: plan.region, keyId: KeyId, ciphertexts, isDisabled: plan.isDisabled };
}

interface Plan {
  readonly region: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly rotations: number;
  readonly isDisabled: boolean;
}

/** Everything that the API tells of a Region's keys, without what differs from reply to reply. */
async function told(kms: KMSClient): Promise<unknown> {
  const { Keys = [] } = await kms.send(new ListKeysCommand({}));
  const keys = Keys.map(async ({ KeyId }) => {
    const replies = await Promise.all([
      kms.send(new DescribeKeyCommand({ KeyId })),
      kms.send(new GetKeyPolicyCommand({ KeyId })),
      kms.send(new ListResourceTagsCommand({ KeyId })),
      kms.send(new ListKeyRotationsCommand({ KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })),
    ]);
    return replies.map((reply) => ({ ...reply, $metadata: undefined }));
  });
  const { Aliases } = await kms.send(new ListAliasesCommand({}));
  return [await Promise.all(keys), Aliases];
}

const regions = ['eu-west-2', 'us-east-1'] as const;
const tellAll = (service: TestService) =>
  Promise.all(regions.map((region) => told(service.client({ region }))));

describe('A backup that is restored', () => {
  it('has every key, policy, alias, tag and rotation as it was, and opens every ciphertext made before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(plannedKey, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(name, { maxLength: 5, selector: (text) => text }),
        async (plans, aliasNames) => {
          const identity = await makeIdentity();
          const service = await opened();
          const keys: MadeKey[] = [];
          for (const plan of plans) keys.push(await make(service.client({ region: plan.region }), plan));
          for (const [index, text] of aliasNames.entries()) {
            const { region, keyId } = keys[index % keys.length] ?? { region: '', keyId: '' };
            const alias = { AliasName: `alias/x${text}`, TargetKeyId: keyId };
            await service.client({ region }).send(new CreateAliasCommand(alias));
          }
          const before = await tellAll(service);
          const { path, rows } = await backUp(service, {
            to: temporaryFolder(),
            recipients: [identity.recipient],
          });

          const { service: again, result } = await restored(restoreOptions(service, identity, path));
          expect(result.rows).toBe(rows);
          expect(await tellAll(again)).toEqual(before);
          for (const key of keys.filter(({ isDisabled }) => !isDisabled)) {
            for (const [turn, blob] of key.ciphertexts.entries()) {
              const kms = again.client({ region: key.region });
              const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob: blob }));
              expect(Buffer.from(Plaintext ?? []).toString()).toBe(`${key.keyId} ${turn}`);
            }
          }
        },
      ),
      { numRuns: 6 },
    );
  });

  it('works on: what is changed after the restore is kept, and can be backed up again', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const first = await backUp(service, { to: temporaryFolder(), recipients: [identity.recipient] });
    const { service: again } = await restored(restoreOptions(service, identity, first.path));
    const { KeyMetadata } = await again.client().send(new CreateKeyCommand({}));
    const second = await backUp(again, { to: temporaryFolder(), recipients: [identity.recipient] });
    const { service: third } = await restored(restoreOptions(again, identity, second.path));
    const reply = await third.client().send(new DescribeKeyCommand({ KeyId: KeyMetadata?.KeyId ?? '' }));
    expect(reply.KeyMetadata?.KeyState).toBe('Enabled');
  });

  it('goes on with the journal it was given, in which the restore is recorded exactly once', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    await kms.send(new CreateKeyCommand({}));
    const { path, createdAt } = await backUp(service, {
      to: temporaryFolder(),
      recipients: [identity.recipient],
    });
    await kms.send(new CreateKeyCommand({}));
    const before = service.journal();

    const { service: again, result } = await restored(restoreOptions(service, identity, path));
    const restarted = await again.restart();
    await restarted.client().send(new CreateKeyCommand({}));
    const records = verifyJournal(join(restarted.dataDir, 'journal'));
    expect(records.slice(0, before.length)).toEqual(before);
    const added = records.slice(before.length).filter(({ eventName }) => eventName !== 'Unseal');
    expect(added.map(({ eventName }) => eventName)).toEqual(['RestoreBackup', 'CreateKey']);
    expect(added[0]).toMatchObject({
      backupMadeAt: Date.parse(createdAt),
      destructionsReplayed: 0,
      destructionsUnknown: false,
    });
    expect(result.changesLost).toBe(1);
    expect(result.journalEndsAt).toBe(before.at(-1)?.['eventTime']);
    const ids = records.map(({ eventId }) => eventId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is in order to the doctor, which tells of the restore', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const { path } = await backUp(service, { to: temporaryFolder(), recipients: [identity.recipient] });
    await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
    await service.advance(8 * day);
    const { service: again } = await restored(restoreOptions(service, identity, path));
    const { findings } = await again.admin('doctor');
    const told = findings as readonly { readonly level: string; readonly text: string }[];
    expect(told.filter(({ level }) => level === 'failure')).toEqual([]);
    expect(told.filter(({ level }) => level === 'warning').map(({ text }) => text)).toEqual([
      expect.stringContaining('a backup was restored'),
    ]);
  });

  it('can be made for a post-quantum identity', async () => {
    const identity = await makeIdentity();
    const hybrid = await generateHybridIdentity();
    const service = await opened();
    const recipient = await identityToRecipient(hybrid);
    const { path } = await backUp(service, { to: temporaryFolder(), recipients: [recipient] });
    writeFileSync(identity.file, hybrid);
    const { result } = await restored(restoreOptions(service, identity, path));
    expect(result.installationId).not.toBe('');
  });
});

describe('A backup', () => {
  it('is one file, for this user alone, and recorded; the data folder is as before', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const [to, before] = [temporaryFolder(), readdirSync(service.dataDir)];
    const { path, bytes, sha256 } = await backUp(service, { to, recipients: [identity.recipient] });
    expect(readdirSync(to).map((file) => join(to, file))).toEqual([path]);
    expect(path).toMatch(/keyhaven-backup-\d{8}T\d{6}\.\d{3}Z\.age$/);
    expect(statSync(path)).toMatchObject({ size: bytes, mode: 0o100600 });
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(sha256);
    expect(readdirSync(service.dataDir)).toEqual(before);
    expect(service.journal().at(-1)).toMatchObject({
      eventName: 'CreateBackup',
      operator: 'socket',
      requestParameters: { to, recipients: [identity.recipient] },
    });
  });

  it('is written under the name that it is given', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const to = join(temporaryFolder(), 'monday.age');
    const { path } = await backUp(service, { to, recipients: [identity.recipient] });
    expect(path).toBe(to);
    const { result } = await restored(restoreOptions(service, identity, to));
    expect(result.destructionsReplayed).toBe(0);
  });

  it('tells what it is at', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const lines: string[] = [];
    const request = { to: temporaryFolder(), recipients: [identity.recipient] };
    await progressLines(service.dataDir, request, (line) => lines.push(line));
    const last = lines.pop() ?? '';
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      [
        'copying the database',
        'encrypting',
        'reading back what was written',
        'verifying every row of what was written',
      ].map((text) => ({ progress: { text } })),
    );
    expect(last).toContain('"result"');
  });

  it('is consistent while the service changes what it copies, and holds all that was acknowledged before', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const kms = service.client();
    const acknowledged: string[] = [];
    let isOver = false;
    const client = async (number: number) => {
      for (let turn = 0; !isOver; turn++) {
        const { KeyMetadata } = await kms.send(
          new CreateKeyCommand({ Tags: [{ TagKey: 'turn', TagValue: String(turn) }] }),
        );
        const KeyId = KeyMetadata?.KeyId ?? '';
        await kms.send(new CreateAliasCommand({ AliasName: `alias/${number}-${turn}`, TargetKeyId: KeyId }));
        await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
        acknowledged.push(KeyId);
      }
    };
    const load = Promise.all([1, 2, 3, 4].map(client));
    const backups: { path: string; before: readonly string[]; during: number }[] = [];
    for (let turn = 0; turn < 4; turn++) {
      const before = [...acknowledged];
      const { path } = await backUp(service, { to: temporaryFolder(), recipients: [identity.recipient] });
      backups.push({ path, before, during: acknowledged.length - before.length });
    }
    isOver = true;
    await load;
    for (const { path, before, during } of backups) {
      expect(during).toBeGreaterThan(0);
      const { service: again } = await restored(restoreOptions(service, identity, path));
      const facts = readStoredFacts(again.dataDir);
      expect(facts.flaws).toEqual([]);
      expect(before.filter((keyId) => facts.materialsByKey.get(keyId) !== 2)).toEqual([]);
      verifyJournal(join(again.dataDir, 'journal'));
    }
  });

  it('is refused while another is under way, and that one is not disturbed', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const request = { to: temporaryFolder(), recipients: [identity.recipient] };
    const first = backUp(service, request);
    await expect(backUp(service, request)).rejects.toThrow('under way already');
    expect(existsSync((await first).path)).toBe(true);
  });

  it('is stopped where the service is sealed, and nothing is left of it', async () => {
    const identity = await makeIdentity();
    const service = await opened();
    const to = temporaryFolder();
    const refused = backUp(service, { to, recipients: [identity.recipient] }).catch(
      (error: unknown) => error,
    );
    await service.admin('seal');
    expect(String(await refused)).toMatch(/stopped before it was complete|service is sealed/);
    expect(readdirSync(to)).toEqual([]);
    expect(readdirSync(service.dataDir)).not.toContain('backup-scratch');
    expect(await service.admin('backup', { to }).catch(String)).toContain('sealed');
  });
});
