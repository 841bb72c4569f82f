import { keyId, keyLastUsage, required, timestamp } from '@keyhaven/api-model';
import { andThen } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { keyTarget } from '../../../pipeline/targets/key.ts';

/**
 * The last successful cryptographic operation of a key, since its use is tracked.
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
 */
export const GetKeyLastUsage = operation({
  name: 'GetKeyLastUsage',
  access: 'read',
  input: { KeyId: required(keyId) },
  output: {
    KeyId: keyId,
    KeyLastUsage: keyLastUsage,
    TrackingStartDate: timestamp(),
    KeyCreationDate: timestamp(),
  },
  target: keyTarget('idOrArn', 'GetKeyLastUsage'),
  recorded: ['KeyId'],
  act({ loaded: { key } }, { lastUsages }) {
    const { key_id, created_at } = key.row;
    return andThen(lastUsages.find(key), (usage) => ({
      output: {
        // The key id, as in the page's example, and not the ARN that most operations answer.
        KeyId: key_id,
        // Empty, not absent, for a key that was not used: so the page says.
        KeyLastUsage:
          usage === undefined
            ? {}
            : {
                Operation: usage.operation,
                Timestamp: usage.usedAt,
                CloudTrailEventId: usage.eventId,
                KmsRequestId: usage.requestId,
              },
        TrackingStartDate: Math.max(created_at, lastUsages.trackedSince),
        KeyCreationDate: created_at,
      },
    }));
  },
});
