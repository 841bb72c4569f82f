import { z } from 'zod';
import { act } from '../act.ts';

/** Longer texts are no ARNs and no values of requests. */
const mostCharacters = 8192;
const text = z
  .string()
  .min(1, 'must not be empty')
  .max(mostCharacters, `has more than ${mostCharacters} characters`);

const conditions = z
  .record(z.string().min(1).max(mostCharacters), z.union([text, z.array(text).min(1).max(100)]))
  .refine((given) => Object.keys(given).length <= 100, 'names more than 100 condition keys');

/** IAM's own limit is ten managed policies and an inline one. */
const sessionPolicies = z.array(z.string().max(64 * 1024)).max(11);

/** Why a request would be allowed or refused that nobody has made. */
export const explain = act({
  name: 'explain',
  eventName: 'ExplainDecision',
  input: z.strictObject({
    principal: text,
    action: text,
    key: text.optional(),
    region: text.optional(),
    accountId: text.optional(),
    conditions: conditions.optional(),
    sessionPolicies: sessionPolicies.optional(),
  }),
  recorded: ['principal', 'action', 'key', 'region', 'accountId', 'conditions'],
  run: (input, { service }) => service().explainer.explain(input),
});

/** Why a request of the journal was allowed or refused, and whether it would be today. */
export const explainRequest = act({
  name: 'explain-request',
  eventName: 'ExplainRequest',
  input: z.strictObject({ requestId: text }),
  recorded: ['requestId'],
  async run({ requestId }, { service, place }) {
    const { then, ...rest } = await service().explainer.explainRecorded(
      requestId,
      place.url.startsWith('https:'),
    );
    return { ...rest, then: { ...then, at: new Date(then.at).toISOString() } };
  },
});

/** Who may use a key, under which conditions, and which statement or grant says so. */
export const whoCan = act({
  name: 'who-can',
  eventName: 'ListKeyAccess',
  input: z.strictObject({
    key: text,
    region: text.optional(),
    accountId: text.optional(),
    action: text.optional(),
    principal: text.optional(),
  }),
  recorded: ['key', 'region', 'accountId', 'action', 'principal'],
  run: ({ key, region, accountId, action, principal }, { service }) =>
    service().explainer.whoCan({ key, region, accountId, action, principal }),
});
