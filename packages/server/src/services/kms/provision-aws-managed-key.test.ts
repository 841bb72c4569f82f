import { DescribeKeyCommand } from '@aws-sdk/client-kms';
import { startTestService } from '@keyhaven/testkit';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Committer } from '../../pipeline/committer.ts';
import { CommitConflict } from '../../storage/unit-of-work.ts';

describe('The first description of an AWS managed key', () => {
  it('makes the key all the same where its domain key was replaced while it was made', async () => {
    const service = await startTestService();
    onTestFinished(() => service.close());
    const commit = vi.spyOn(Committer.prototype, 'commitService').mockRejectedValueOnce(new CommitConflict());
    onTestFinished(() => {
      commit.mockRestore();
    });
    const { KeyMetadata } = await service.client().send(new DescribeKeyCommand({ KeyId: 'alias/aws/s3' }));
    expect(KeyMetadata?.KeyManager).toBe('AWS');
    expect(commit).toHaveBeenCalledTimes(2);
  });
});
