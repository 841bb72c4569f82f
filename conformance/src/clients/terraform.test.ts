import { join } from 'node:path';
import {
  DescribeKeyCommand,
  GetKeyRotationStatusCommand,
  ListAliasesCommand,
  ListGrantsCommand,
  ListResourceTagsCommand,
} from '@aws-sdk/client-kms';
import { refusalOf, startTestService } from '@keyhaven/testkit';
import { describe, expect, it } from 'vitest';
import { TerraformFolder } from './terraform.ts';

const terraform = await TerraformFolder.open(join(import.meta.dirname, 'terraform.tf'));
const alias = 'alias/my-terraform-final-encryption-key';

describe.skipIf(terraform === undefined)('Terraform', () => {
  it('applies a key with its alias and a grant, finds nothing to change afterwards, and destroys them', async () => {
    if (terraform === undefined) return;
    const service = await startTestService();
    const client = service.client();
    const variables = { endpoint: service.url };
    const succeed = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await terraform.run(args, variables);
      expect(code, `terraform ${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
    };
    try {
      await succeed('apply', '-auto-approve');
      const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: alias }));
      const KeyId = KeyMetadata?.KeyId ?? '';
      const { KeyRotationEnabled } = await client.send(new GetKeyRotationStatusCommand({ KeyId }));
      const { Tags } = await client.send(new ListResourceTagsCommand({ KeyId }));
      expect({ KeyRotationEnabled, Tags }).toEqual({
        KeyRotationEnabled: true,
        Tags: [{ TagKey: 'Name', TagValue: 'my-kms-keys' }],
      });

      const grants = async () => (await client.send(new ListGrantsCommand({ KeyId }))).Grants;
      expect(await grants()).toMatchObject([
        {
          Name: 'my-grant',
          Operations: ['Decrypt', 'Encrypt', 'GenerateDataKey'],
          Constraints: { EncryptionContextEquals: { Department: 'Finance' } },
        },
      ]);

      // 0: nothing differs; 2 would be a plan with changes.
      await succeed('plan', '-detailed-exitcode');

      await succeed('destroy', '-auto-approve');
      const destroyed = await client.send(new DescribeKeyCommand({ KeyId }));
      expect(destroyed.KeyMetadata?.KeyState).toBe('PendingDeletion');
      const { Aliases } = await client.send(new ListAliasesCommand({ KeyId }));
      expect(Aliases).toEqual([]);
      expect(await grants()).toEqual([]);
      expect((await refusalOf(client.send(new DescribeKeyCommand({ KeyId: alias })))).name).toBe(
        'NotFoundException',
      );
    } finally {
      await service.close();
      terraform.close();
    }
  }, 300_000);
});
