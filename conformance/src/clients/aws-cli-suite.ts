import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsCli, AwsShell } from './aws-cli.ts';

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** What an AWS CLI of that major version must be able to do; skipped, and shown as skipped, where there is none. */
export function describeAwsCli(major: 1 | 2, cli: AwsCli | undefined): void {
  describe.skipIf(cli === undefined)(`AWS CLI v${major}`, () => {
    let service: TestService;
    let shell: AwsShell;

    beforeAll(async () => {
      if (cli === undefined) return;
      service = await startTestService();
      shell = new AwsShell(cli, service.url);
    });

    afterAll(async () => {
      shell.close();
      await service.close();
    });

    /** A key to work on, made without the CLI, whose every start takes half a second. */
    const createKey = async () => {
      const { KeyMetadata } = await service.client().send(new CreateKeyCommand({}));
      return KeyMetadata?.KeyId ?? '';
    };

    describe('create-key', () => {
      it('describes a symmetric key that is enabled', async () => {
        const { KeyMetadata } = (await shell.json('aws kms create-key --description demo')) as {
          readonly KeyMetadata: Readonly<Record<string, unknown>>;
        };
        expect(KeyMetadata).toMatchObject({
          AWSAccountId: '000000000000',
          Description: 'demo',
          KeySpec: 'SYMMETRIC_DEFAULT',
          KeyState: 'Enabled',
          KeyUsage: 'ENCRYPT_DECRYPT',
          Origin: 'AWS_KMS',
        });
        expect(KeyMetadata['KeyId']).toMatch(uuid);
      });

      it('refuses a policy that is no JSON', async () => {
        expect(await shell.refusal(`aws kms create-key --policy 'no policy'`)).toMatch(
          /^An error occurred \(MalformedPolicyDocumentException\) when calling the CreateKey operation: /,
        );
      });
    });

    describe('encrypt and decrypt', () => {
      beforeAll(async () => {
        await shell.output(
          `aws kms create-alias --alias-name alias/tutorial --target-key-id ${await createKey()}`,
        );
      });

      it('gives a file back, through the pipelines that the CLI documents', async () => {
        const secret = randomBytes(1000);
        writeFileSync(join(shell.folder, 'secret'), secret);
        await shell.output(`
          aws kms encrypt --key-id alias/tutorial --plaintext fileb://secret \\
            --output text --query CiphertextBlob | base64 -d > c
          aws kms decrypt --ciphertext-blob fileb://c --output text --query Plaintext | base64 -d > back`);
        const blob = readFileSync(join(shell.folder, 'c'));
        expect(readFileSync(join(shell.folder, 'back')).equals(secret)).toBe(true);
        expect(blob.includes(secret.subarray(0, 16))).toBe(false);
        expect(blob.toString('base64')).toMatch(/^AQICAH/);
      });

      it('opens what was encrypted with a context under that context only', async () => {
        await shell.output(`
          printf %s nemo > password
          aws kms encrypt --key-id alias/tutorial --plaintext fileb://password \\
            --encryption-context purpose=login,userid=doryfish \\
            --output text --query CiphertextBlob | base64 -d > bound`);
        const decrypt = 'aws kms decrypt --ciphertext-blob fileb://bound --output text --query Plaintext';
        expect(
          await shell.output(`${decrypt} --encryption-context userid=doryfish,purpose=login | base64 -d`),
        ).toBe('nemo');
        const refusal = 'An error occurred (InvalidCiphertextException) when calling the Decrypt operation:';
        expect(await shell.refusal(decrypt)).toBe(refusal);
        expect(await shell.refusal(`${decrypt} --encryption-context userid=marlin,purpose=login`)).toBe(
          refusal,
        );
      });

      it('refuses 4,097 bytes', async () => {
        writeFileSync(join(shell.folder, 'long'), randomBytes(4097));
        expect(
          await shell.refusal('aws kms encrypt --key-id alias/tutorial --plaintext fileb://long'),
        ).toMatch(
          /^(?:An error occurred \(ValidationException\) when calling the Encrypt operation: 1 validation error detected: .* Member must have length less than or equal to 4096|Parameter validation failed)/s,
        );
      });

      it('refuses a blob of another key when a key is named', async () => {
        const other = await createKey();
        await shell.output(`
          printf %s nemo > password
          aws kms encrypt --key-id alias/tutorial --plaintext fileb://password \\
            --output text --query CiphertextBlob | base64 -d > theirs`);
        expect(
          await shell.refusal(`aws kms decrypt --key-id ${other} --ciphertext-blob fileb://theirs`),
        ).toBe(
          'An error occurred (IncorrectKeyException) when calling the Decrypt operation: ' +
            'The key ID in the request does not identify a CMK that can perform this operation.',
        );
      });

      it('encrypts under another key without showing the plaintext', async () => {
        const other = await createKey();
        const plaintext = await shell.output(`
          printf %s nemo > password
          aws kms encrypt --key-id alias/tutorial --plaintext fileb://password \\
            --output text --query CiphertextBlob | base64 -d > before
          aws kms re-encrypt --ciphertext-blob fileb://before --destination-key-id ${other} \\
            --output text --query CiphertextBlob | base64 -d > after
          aws kms decrypt --key-id ${other} --ciphertext-blob fileb://after --output text --query Plaintext | base64 -d`);
        expect(plaintext).toBe('nemo');
      });
    });

    describe('generate-data-key', () => {
      it('gives a data key in clear and encrypted', async () => {
        const key = await createKey();
        const dataKey = (await shell.json(
          `aws kms generate-data-key --key-id ${key} --key-spec AES_256`,
        )) as {
          readonly Plaintext: string;
          readonly CiphertextBlob: string;
        };
        expect(Buffer.from(dataKey.Plaintext, 'base64')).toHaveLength(32);
        writeFileSync(join(shell.folder, 'edk'), Buffer.from(dataKey.CiphertextBlob, 'base64'));
        expect(
          await shell.output('aws kms decrypt --ciphertext-blob fileb://edk --output text --query Plaintext'),
        ).toBe(dataKey.Plaintext);
      });

      it('leaves the plaintext out where none is asked for', async () => {
        const key = await createKey();
        const reply = await shell.json(
          `aws kms generate-data-key-without-plaintext --key-id ${key} --number-of-bytes 64`,
        );
        expect(reply).not.toHaveProperty('Plaintext');
        expect(reply).toHaveProperty('CiphertextBlob');
      });

      it('refuses a key that is disabled', async () => {
        const key = await createKey();
        await shell.output(`aws kms disable-key --key-id ${key}`);
        expect(await shell.refusal(`aws kms generate-data-key --key-id ${key} --key-spec AES_256`)).toBe(
          'An error occurred (DisabledException) when calling the GenerateDataKey operation: ' +
            `arn:aws:kms:eu-west-2:000000000000:key/${key} is disabled.`,
        );
      });
    });

    describe('list-keys', () => {
      const inOtherRegion = 'aws --region eu-north-1 kms list-keys';

      beforeAll(async () => {
        const client = service.client({ region: 'eu-north-1' });
        await Promise.all(Array.from({ length: 250 }, () => client.send(new CreateKeyCommand({}))));
      });

      interface Page {
        readonly Keys: readonly { readonly KeyId: string }[];
        readonly NextToken?: string;
      }

      it('walks 250 keys in pages of the service', async () => {
        const { Keys } = (await shell.json(`${inOtherRegion} --page-size 60`)) as Page;
        expect(new Set(Keys.map(({ KeyId }) => KeyId)).size).toBe(250);
      });

      it("goes on where the client's page ended, without gaps or repetitions", async () => {
        const ids: string[] = [];
        let token = '';
        do {
          const page = (await shell.json(
            `${inOtherRegion} --page-size 45 --max-items 100 ${token === '' ? '' : `--starting-token ${token}`}`,
          )) as Page;
          ids.push(...page.Keys.map(({ KeyId }) => KeyId));
          token = page.NextToken ?? '';
        } while (token !== '');
        expect(ids).toHaveLength(250);
        expect(new Set(ids).size).toBe(250);
      });

      it('refuses a marker that it did not give', async () => {
        expect(await shell.refusal(`${inOtherRegion} --no-paginate --marker AAAA`)).toBe(
          'An error occurred (InvalidMarkerException) when calling the ListKeys operation: The request was rejected because the marker that specifies where pagination should next begin is not valid.',
        );
      });
    });

    describe('aliases', () => {
      it('are made, moved to another key, listed and deleted', async () => {
        const first = await createKey();
        const second = await createKey();
        const target = `aws kms list-aliases --query 'Aliases[?AliasName==\`alias/moving\`].TargetKeyId' --output text`;
        expect(
          await shell.output(
            `aws kms create-alias --alias-name alias/moving --target-key-id ${first}; ${target}`,
          ),
        ).toBe(first);
        expect(
          await shell.output(
            `aws kms update-alias --alias-name alias/moving --target-key-id ${second}; ${target}`,
          ),
        ).toBe(second);
        expect(await shell.output(`aws kms delete-alias --alias-name alias/moving; ${target}`)).toBe('');
      });

      it('are refused twice', async () => {
        const key = await createKey();
        const create = `aws kms create-alias --alias-name alias/once --target-key-id ${key}`;
        await shell.output(create);
        expect(await shell.refusal(create)).toBe(
          'An error occurred (AlreadyExistsException) when calling the CreateAlias operation: ' +
            'An alias with the name arn:aws:kms:eu-west-2:000000000000:alias/once already exists',
        );
      });

      it("are refused under AWS's own prefix", async () => {
        const key = await createKey();
        expect(
          await shell.refusal(`aws kms create-alias --alias-name alias/aws/mine --target-key-id ${key}`),
        ).toBe('An error occurred (NotAuthorizedException) when calling the CreateAlias operation:');
      });
    });

    describe('tags', () => {
      it('are set, listed and removed', async () => {
        const key = await createKey();
        const list = `aws kms list-resource-tags --key-id ${key} --query 'Tags[].[TagKey,TagValue]' --output text`;
        const set = `aws kms tag-resource --key-id ${key} --tags TagKey=Name,TagValue=my-kms-keys TagKey=stage,TagValue=test`;
        expect(await shell.output(`${set}; ${list}`)).toBe('Name\tmy-kms-keys\nstage\ttest');
        expect(await shell.output(`aws kms untag-resource --key-id ${key} --tag-keys Name; ${list}`)).toBe(
          'stage\ttest',
        );
      });

      it("are refused under AWS's own prefix", async () => {
        const key = await createKey();
        expect(
          await shell.refusal(`aws kms tag-resource --key-id ${key} --tags TagKey=aws:mine,TagValue=x`),
        ).toBe(
          'An error occurred (TagException) when calling the TagResource operation: Tags beginning with aws: are reserved',
        );
      });
    });

    describe('key policies', () => {
      it('are replaced, and read back with the same meaning', async () => {
        const key = await createKey();
        const policy = {
          Version: '2012-10-17',
          Id: 'key-default-1',
          Statement: [
            {
              Sid: 'Enable IAM User Permissions',
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::000000000000:root' },
              Action: 'kms:*',
              Resource: '*',
            },
            {
              Sid: 'No deletion',
              Effect: 'Deny',
              Principal: '*',
              Action: 'kms:ScheduleKeyDeletion',
              Resource: '*',
            },
          ],
        };
        writeFileSync(join(shell.folder, 'policy.json'), JSON.stringify(policy));
        const read = await shell.output(`
          aws kms put-key-policy --key-id ${key} --policy-name default --policy file://policy.json
          aws kms get-key-policy --key-id ${key} --policy-name default --query Policy --output text`);
        expect(JSON.parse(read)).toEqual(policy);
        expect(await shell.refusal(`aws kms schedule-key-deletion --key-id ${key}`)).toBe(
          'An error occurred (AccessDeniedException) when calling the ScheduleKeyDeletion operation: ' +
            'User: arn:aws:iam::000000000000:root is not authorized to perform: kms:ScheduleKeyDeletion on resource: ' +
            `arn:aws:kms:eu-west-2:000000000000:key/${key} with an explicit deny in a resource-based policy`,
        );
      });

      it('are refused with a user that does not exist', async () => {
        const key = await createKey();
        const policy = {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::000000000000:root' },
              Action: 'kms:*',
              Resource: '*',
            },
            {
              Effect: 'Allow',
              Principal: { AWS: 'arn:aws:iam::000000000000:user/nobody' },
              Action: 'kms:Encrypt',
              Resource: '*',
            },
          ],
        };
        writeFileSync(join(shell.folder, 'nobody.json'), JSON.stringify(policy));
        expect(
          await shell.refusal(
            `aws kms put-key-policy --key-id ${key} --policy-name default --policy file://nobody.json`,
          ),
        ).toBe(
          'An error occurred (MalformedPolicyDocumentException) when calling the PutKeyPolicy operation: ' +
            'Policy contains a statement with one or more invalid principals.',
        );
      });
    });

    describe('rotation', () => {
      it('is off, is switched on, and is off again', async () => {
        const key = await createKey();
        const status = `aws kms get-key-rotation-status --key-id ${key} --query KeyRotationEnabled --output text`;
        expect(await shell.output(status)).toBe('False');
        expect(await shell.output(`aws kms enable-key-rotation --key-id ${key}; ${status}`)).toBe('True');
        expect(await shell.output(`aws kms disable-key-rotation --key-id ${key}; ${status}`)).toBe('False');
      });

      it('keeps what was encrypted before readable', async () => {
        const key = await createKey();
        await shell.output(`
          printf %s nemo > password
          aws kms enable-key-rotation --key-id ${key}
          aws kms encrypt --key-id ${key} --plaintext fileb://password \\
            --output text --query CiphertextBlob | base64 -d > old`);
        await service.advance(366 * 24 * 60 * 60);
        const decrypt =
          'aws kms decrypt --ciphertext-blob fileb://old --output text --query Plaintext | base64 -d';
        expect(await shell.output(decrypt)).toBe('nemo');
      });
    });

    describe('schedule-key-deletion', () => {
      it('starts a waiting period that can be cancelled', async () => {
        const key = await createKey();
        const state = `aws kms describe-key --key-id ${key} --query KeyMetadata.KeyState --output text`;
        const schedule = `aws kms schedule-key-deletion --key-id ${key} --pending-window-in-days 7 --query KeyState --output text`;
        expect(await shell.output(schedule)).toBe('PendingDeletion');
        expect(await shell.output(state)).toBe('PendingDeletion');
        expect(await shell.refusal(schedule)).toBe(
          'An error occurred (KMSInvalidStateException) when calling the ScheduleKeyDeletion operation: ' +
            `arn:aws:kms:eu-west-2:000000000000:key/${key} is pending deletion.`,
        );
        await shell.output(`aws kms cancel-key-deletion --key-id ${key}`);
        expect(await shell.output(state)).toBe('Disabled');
      });

      it('ends with a key that is not found', async () => {
        const key = await createKey();
        await shell.output(`aws kms schedule-key-deletion --key-id ${key} --pending-window-in-days 7`);
        await service.advance(7 * 24 * 60 * 60);
        expect(await shell.refusal(`aws kms describe-key --key-id ${key}`)).toBe(
          'An error occurred (NotFoundException) when calling the DescribeKey operation: ' +
            `Key 'arn:aws:kms:eu-west-2:000000000000:key/${key}' does not exist`,
        );
      });
    });

    describe('multi-Region keys', () => {
      const inOtherRegion = 'aws --region us-east-1 kms';
      const isEnabled = (key: string) =>
        `until [ "$(${inOtherRegion} describe-key --key-id ${key} --query KeyMetadata.KeyState --output text)" = Enabled ]; do :; done`;

      const createPrimary = () =>
        shell.output('aws kms create-key --multi-region --query KeyMetadata.KeyId --output text');

      it('are made, replicated, used in both Regions, moved and deleted', async () => {
        const key = await createPrimary();
        expect(key).toMatch(/^mrk-[0-9a-f]{32}$/);
        const { ReplicaKeyMetadata, ReplicaTags } = (await shell.json(
          `aws kms replicate-key --key-id ${key} --replica-region us-east-1 --tags TagKey=stage,TagValue=test`,
        )) as { readonly ReplicaKeyMetadata: object; readonly ReplicaTags: unknown };
        expect(ReplicaKeyMetadata).toMatchObject({ KeyState: 'Creating', Enabled: false, KeyId: key });
        expect(ReplicaTags).toEqual([{ TagKey: 'stage', TagValue: 'test' }]);
        expect(
          await shell.output(`
            ${isEnabled(key)}
            printf %s nemo > password
            aws kms encrypt --key-id ${key} --plaintext fileb://password \
              --output text --query CiphertextBlob | base64 -d > there
            ${inOtherRegion} decrypt --ciphertext-blob fileb://there --output text --query Plaintext | base64 -d`),
        ).toBe('nemo');
        expect(
          await shell.output(`
            aws kms update-primary-region --key-id ${key} --primary-region us-east-1
            ${isEnabled(key)}
            ${inOtherRegion} schedule-key-deletion --key-id ${key} --query KeyState --output text`),
        ).toBe('PendingReplicaDeletion');
      });

      it('are refused a second replica in a Region', async () => {
        const key = await createPrimary();
        const replicate = `aws kms replicate-key --key-id ${key} --replica-region us-east-1`;
        await shell.output(replicate);
        expect(await shell.refusal(replicate)).toBe(
          'An error occurred (AlreadyExistsException) when calling the ReplicateKey operation: ' +
            `A key with the ARN arn:aws:kms:us-east-1:000000000000:key/${key} already exists`,
        );
      });

      it('are refused the replication of a replica', async () => {
        const key = await createPrimary();
        await shell.output(`
          aws kms replicate-key --key-id ${key} --replica-region us-east-1
          ${isEnabled(key)}`);
        expect(
          await shell.refusal(`${inOtherRegion} replicate-key --key-id ${key} --replica-region eu-north-1`),
        ).toBe(
          'An error occurred (UnsupportedOperationException) when calling the ReplicateKey operation: ' +
            `arn:aws:kms:us-east-1:000000000000:key/${key} is not a multi-region primary key.`,
        );
      });
    });

    describe('callers', () => {
      it('learn who they are from sts get-caller-identity', async () => {
        expect(await shell.json('aws sts get-caller-identity')).toEqual({
          UserId: '000000000000',
          Account: '000000000000',
          Arn: 'arn:aws:iam::000000000000:root',
        });
      });

      it('are refused by STS with an unknown access key', async () => {
        expect(await shell.refusal('aws sts get-caller-identity', { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN' })).toBe(
          'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: ' +
            'The security token included in the request is invalid.',
        );
      });

      it('are refused by KMS with an unknown access key', async () => {
        expect(await shell.refusal('aws kms list-keys', { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWN' })).toBe(
          'An error occurred (UnrecognizedClientException) when calling the ListKeys operation: ' +
            'The security token included in the request is invalid.',
        );
      });

      it('are refused with a wrong secret access key', async () => {
        expect(await shell.refusal('aws kms list-keys', { AWS_SECRET_ACCESS_KEY: 'tset' })).toBe(
          'An error occurred (InvalidSignatureException) when calling the ListKeys operation: ' +
            'The request signature we calculated does not match the signature you provided. Check your AWS Secret ' +
            'Access Key and signing method. Consult the service documentation for details.',
        );
      });

      it("are refused another account's key", async () => {
        const arn = 'arn:aws:kms:eu-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab';
        expect(await shell.refusal(`aws kms describe-key --key-id ${arn}`)).toBe(
          'An error occurred (AccessDeniedException) when calling the DescribeKey operation: ' +
            `User: arn:aws:iam::000000000000:root is not authorized to perform: kms:DescribeKey on resource: ${arn} ` +
            'because no resource-based policy allows the kms:DescribeKey action',
        );
      });

      it('are told so of operations that this version does not have', async () => {
        expect(await shell.refusal('aws kms describe-custom-key-stores')).toMatch(
          /^An error occurred \(UnknownOperationException\) when calling the DescribeCustomKeyStores operation/,
        );
      });
    });
  });
}
