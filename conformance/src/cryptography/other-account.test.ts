import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DecryptCommand, EncryptCommand, type KMSClient, ReEncryptCommand } from '@aws-sdk/client-kms';
import { refusalOf, startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeKey, type MadeKey, unknownCiphertextKey } from './made-key.ts';

let folder: string;
let service: TestService;
let owner: KMSClient;
let stranger: KMSClient;
let theirs: MadeKey;
let own: MadeKey;
let CiphertextBlob: Uint8Array | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyhaven-accounts-'));
  const seed = join(folder, 'seed.yaml');
  writeFileSync(
    seed,
    'accounts: [{ id: "111122223333", rootAccessKeys: [{ accessKeyId: AKIASTRANGER, secretAccessKey: s }] }]\n',
  );
  service = await startTestService({ seed });
  owner = service.client();
  stranger = service.client({ credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 's' } });
  theirs = await makeKey(owner);
  own = await makeKey(stranger);
  ({ CiphertextBlob } = await owner.send(
    new EncryptCommand({ KeyId: theirs.id, Plaintext: Buffer.from('a') }),
  ));
});

afterAll(async () => {
  await service.close();
  rmSync(folder, { recursive: true });
});

describe('the key of another account', () => {
  const denied = (action: string, arn: string) => ({
    name: 'AccessDeniedException',
    message:
      `User: arn:aws:iam::111122223333:root is not authorized to perform: ${action} on resource: ${arn} ` +
      `because no resource-based policy allows the ${action} action`,
    status: 400,
  });

  it('is concealed from who has only its ciphertext', async () => {
    expect(await refusalOf(stranger.send(new DecryptCommand({ CiphertextBlob })))).toEqual(
      unknownCiphertextKey,
    );
    const moved = new ReEncryptCommand({ CiphertextBlob, DestinationKeyId: own.id });
    expect(await refusalOf(stranger.send(moved))).toEqual(unknownCiphertextKey);
  });

  it('is denied by its ARN, as one is that does not exist', async () => {
    const decrypt = (KeyId: string) =>
      refusalOf(stranger.send(new DecryptCommand({ CiphertextBlob, KeyId })));
    expect(await decrypt(theirs.arn)).toEqual(denied('kms:Decrypt', theirs.arn));
    const absent = theirs.arn.replace(/.{12}$/, '000000000000');
    expect(await decrypt(absent)).toEqual(denied('kms:Decrypt', absent));
  });

  it('is not found by its id or its alias name, which mean the own account', async () => {
    const encrypt = (KeyId: string) =>
      refusalOf(stranger.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('a') })));
    expect((await encrypt(theirs.id)).message).toBe(
      `Key '${theirs.arn.replace('000000000000', '111122223333')}' does not exist`,
    );
    expect((await encrypt(theirs.alias)).name).toBe('NotFoundException');
  });

  it('does not take what the own key encrypted', async () => {
    const mine = await stranger.send(new EncryptCommand({ KeyId: own.id, Plaintext: Buffer.from('a') }));
    const moved = new ReEncryptCommand({ CiphertextBlob: mine.CiphertextBlob, DestinationKeyId: theirs.arn });
    expect(await refusalOf(stranger.send(moved))).toEqual(denied('kms:ReEncryptTo', theirs.arn));
  });
});
