import {
  description,
  flag,
  keyId,
  keyMetadata,
  policy,
  region,
  replicaExists,
  replicaRegionInOtherPartition,
  replicaRegionIsPrimary,
  required,
  tags,
} from '@keyhaven/api-model';
import { defaultKeyPolicy } from '@keyhaven/policy';
import { callerKeepsControl, checkKeyPolicy } from '../../../authorization/check-key-policy.ts';
import { describedRow, describeKey } from '../../../keys/describe-key.ts';
import { keyArn, partitionOf } from '../../../keys/key-arn.ts';
import type { KeyRow, KmsKey } from '../../../keys/kms-key.ts';
import { unbound } from '../../../keys/policy-bindings.ts';
import { assertPrimary } from '../../../keys/related-keys.ts';
import { replicaChanges } from '../../../keys/replica.ts';
import { readTags, tagRows } from '../../../keys/tag-rules.ts';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { replicatedKeyTarget } from '../../../pipeline/targets/replicated-key.ts';

/** Makes a replica of a multi-Region primary key in another Region. https://docs.aws.amazon.com/kms/latest/APIReference/API_ReplicateKey.html */
export const ReplicateKey = operation({
  name: 'ReplicateKey',
  access: 'write',
  input: {
    KeyId: required(keyId),
    ReplicaRegion: required(region),
    Policy: policy,
    BypassPolicyLockoutSafetyCheck: flag(),
    Description: description,
    Tags: tags,
  },
  output: { ReplicaKeyMetadata: keyMetadata, ReplicaPolicy: policy, ReplicaTags: tags },
  target: replicatedKeyTarget(),
  states: 'replicateKey',
  recorded: ['KeyId', 'ReplicaRegion', 'Policy', 'BypassPolicyLockoutSafetyCheck', 'Description', 'Tags'],
  check(input) {
    if (input.Tags !== undefined) readTags(input.Tags);
  },
  supports: ({ key }) => assertPrimary(key),
  act({ input, caller, loaded, now, request }, { keyStore, identities, domainKeys }) {
    const { key: primary, related, fingerprints, tombstones } = loaded;
    const { ReplicaRegion, Description = '' } = input;
    assertTakesReplica(primary, related, ReplicaRegion);
    const arn = keyArn(primary.row.account_id, ReplicaRegion, primary.row.key_id);
    const tags = readTags(input.Tags ?? []);
    const planned = { row: { ...primary.row, region: ReplicaRegion }, arn, aliases: [], tags: tagRows(tags) };
    const lockout =
      input.BypassPolicyLockoutSafetyCheck === true ? undefined : callerKeepsControl(request, planned);
    const checked =
      input.Policy === undefined
        ? unbound(defaultKeyPolicy(caller.accountId))
        : checkKeyPolicy(input.Policy, identities, lockout);
    return andThen(checked, (policy) =>
      // The first key of a Region brings the Region's domain key with it.
      andThen(domainKeys.forRegion(ReplicaRegion), () => {
        const replica = { primary, region: ReplicaRegion, description: Description, policy, tags };
        const { row, changes } = replicaChanges({ ...replica, now, fingerprints, tombstones }, keyStore);
        return {
          output: {
            ReplicaKeyMetadata: describeKey(describedRow(row, primary.spec, related)),
            ReplicaPolicy: policy.document,
            ReplicaTags: input.Tags ?? [],
          },
          changes,
          elsewhere: [{ region: ReplicaRegion, eventName: 'CreateKey', keyArn: arn }],
        };
      }),
    );
  },
});

/** Throws unless the Region is another one of the primary's partition and has no related key yet. */
function assertTakesReplica({ row }: KmsKey, related: readonly KeyRow[], region: string): void {
  if (region === row.region) throw replicaRegionIsPrimary(region);
  const partition = partitionOf(row.region);
  if (partitionOf(region) !== partition) throw replicaRegionInOtherPartition(region, partition);
  if (related.some((other) => other.region === region))
    throw replicaExists(keyArn(row.account_id, region, row.key_id));
}
