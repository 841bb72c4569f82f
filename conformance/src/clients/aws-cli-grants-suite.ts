import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { startTestService, type TestService } from '@keyhaven/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AwsCli, AwsShell } from './aws-cli.ts';

const root = 'arn:aws:iam::000000000000:root';

/** What an AWS CLI of that major version must be able to do with grants. */
export function describeGrants(major: 1 | 2, cli: AwsCli | undefined): void {
  describe.skipIf(cli === undefined)(`AWS CLI v${major} with grants`, () => {
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

    const createKey = async () => {
      const { KeyMetadata } = await service.client().send(new CreateKeyCommand({}));
      return KeyMetadata?.KeyId ?? '';
    };
    const create = (key: string, more = '--operations Decrypt') =>
      `aws kms create-grant --key-id ${key} --grantee-principal ${root} ${more}`;

    it('create-grant makes a grant, and list-grants and list-retirable-grants show it', async () => {
      const key = await createKey();
      const constraints = `--constraints 'EncryptionContextSubset={Department=IT}' --name mine --retiring-principal ${root}`;
      const made = (await shell.json(create(key, `--operations Decrypt Encrypt ${constraints}`))) as {
        readonly GrantId: string;
        readonly GrantToken: string;
      };
      expect(made).toEqual({
        GrantId: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        GrantToken: expect.stringMatching(/^AQpA/) as string,
      });
      const shown = {
        KeyId: `arn:aws:kms:eu-west-2:000000000000:key/${key}`,
        GrantId: made.GrantId,
        Name: 'mine',
        GranteePrincipal: root,
        RetiringPrincipal: root,
        IssuingAccount: root,
        Operations: ['Decrypt', 'Encrypt'],
        Constraints: { EncryptionContextSubset: { Department: 'IT' } },
      };
      expect(await shell.json(`aws kms list-grants --key-id ${key}`)).toMatchObject({ Grants: [shown] });
      const retirable = `aws kms list-retirable-grants --retiring-principal ${root}`;
      expect(await shell.json(retirable)).toMatchObject({ Grants: [shown] });
    });

    it('revoke-grant ends a grant by its id, retire-grant by its token, and both by nothing twice', async () => {
      const key = await createKey();
      const left = await shell.output(`
        one=$(${create(key)} --query GrantId --output text)
        token=$(${create(key)} --query GrantToken --output text)
        aws kms revoke-grant --key-id ${key} --grant-id "$one"
        aws kms retire-grant --grant-token "$token"
        aws kms list-grants --key-id ${key} --query 'length(Grants)'`);
      expect(left).toBe('0');
      const again = await shell.refusal(`
        token=$(${create(key)} --query GrantToken --output text)
        aws kms retire-grant --grant-token "$token"
        aws kms retire-grant --grant-token "$token"`);
      expect(again).toBe(
        'An error occurred (InvalidGrantTokenException) when calling the RetireGrant operation: ' +
          'The request was rejected because the specified grant token is not valid.',
      );
    });

    it('retire-grant ends a grant by its id and the ARN of its key', async () => {
      const key = await createKey();
      const left = await shell.output(`
        one=$(${create(key)} --query GrantId --output text)
        aws kms retire-grant --key-id arn:aws:kms:eu-west-2:000000000000:key/${key} --grant-id "$one"
        aws kms list-grants --key-id ${key} --query 'length(Grants)'`);
      expect(left).toBe('0');
    });

    it('list-grants walks the pages by itself', async () => {
      const key = await createKey();
      const listed = await shell.output(`
        for n in 1 2 3; do ${create(key)} > made; done
        aws kms list-grants --key-id ${key} --page-size 2 --query 'length(Grants)'`);
      expect(listed).toBe('3');
    });

    it('create-grant is refused for who does not exist and for what the key does not do', async () => {
      const key = await createKey();
      const nobody = 'arn:aws:iam::000000000000:user/nobody';
      expect(
        await shell.refusal(
          `aws kms create-grant --key-id ${key} --grantee-principal ${nobody} --operations Decrypt`,
        ),
      ).toBe(
        'An error occurred (InvalidArnException) when calling the CreateGrant operation: ' +
          `ARN does not refer to a valid principal: ${nobody}`,
      );
      expect(await shell.refusal(create(key, '--operations Sign'))).toMatch(
        /^An error occurred \(ValidationException\) when calling the CreateGrant operation: Grant operation Sign is not supported/,
      );
    });
  });
}
