import { findNearest } from '../config/nearest-name.ts';
import type { ServiceFacts } from '../authentication/caller.ts';
import type { Principal } from '../authentication/principal.ts';
import { conditionRows } from '../authorization/conditions/condition-values.ts';
import type { StatedConditions } from './noted-conditions.ts';
import { QuestionRefusal } from './refusals.ts';

/** Condition keys with the values that a request is supposed to say for them, as they were written. */
export type GivenConditions = Readonly<Record<string, string | readonly string[]>>;

/** What a supposed request says. */
export interface StatedFacts {
  readonly conditions: StatedConditions;
  readonly encryptionContext: ReadonlyMap<string, string>;
  readonly service: ServiceFacts | undefined;
}

const contextPrefix = 'kms:encryptioncontext:';

/** What follows from who asks and for which key, in lower case; families end as in `conditionRows`. */
const following: readonly string[] = [
  ...['principalarn', 'principalaccount', 'principaltype', 'userid', 'username', 'principalisawsservice'],
  ...['principalservicename', 'principalservicenameslist', 'resourceaccount', 'resourcetag/'],
]
  .map((name) => `aws:${name}`)
  .concat(['kms:calleraccount', 'kms:resourcealiases']);

/** The same, where there is a key that they follow from. */
const followingFromKey = ['keyspec', 'keyusage', 'keyorigin', 'multiregion', 'multiregionkeytype'].map(
  (name) => `kms:${name}`,
);

/** What only a request itself could tell; without it there is no value. */
const toldByRequests = [
  'aws:sourceip',
  'aws:securetransport',
  'aws:useragent',
  'aws:referer',
  'kms:reencryptonsamekey',
];

/** Throws QuestionRefusal for a condition key that requests have no value for, and for one whose value is not open. */
export function readStatedFacts(given: GivenConditions, principal: Principal, hasKey: boolean): StatedFacts {
  const values = new Map<string, readonly string[]>();
  const encryptionContext = new Map<string, string>();
  for (const [name, value] of Object.entries(given)) {
    const key = name.toLowerCase();
    refuseUnknown(name, key);
    refuseFollowing(name, key, hasKey);
    const list = typeof value === 'string' ? [value] : value;
    values.set(key, list);
    if (key.startsWith(contextPrefix)) encryptionContext.set(name.slice(contextPrefix.length), list[0] ?? '');
  }
  const contextKeys = [...encryptionContext.keys()];
  if (contextKeys.length > 0 && !values.has('kms:encryptioncontextkeys'))
    values.set('kms:encryptioncontextkeys', contextKeys);
  const unknown = new Set(toldByRequests);
  return { conditions: { values, unknown }, encryptionContext, service: readService(values, principal) };
}

function refuseUnknown(name: string, key: string): void {
  const isKnown = conditionRows.some((row) => {
    const known = row.name.toLowerCase();
    return /[:/]$/.test(known) ? key.startsWith(known) && key.length > known.length : key === known;
  });
  if (isKnown) return;
  const nearest = findNearest(
    name,
    conditionRows.map((row) => row.name),
  );
  throw new QuestionRefusal(
    `Requests have no condition key ${JSON.stringify(name)}.`,
    nearest === undefined
      ? 'Name one of docs/authorization.md, such as kms:EncryptionContext:NAME or aws:SourceIp.'
      : `Did you mean ${nearest}?`,
  );
}

function refuseFollowing(name: string, key: string, hasKey: boolean): void {
  const fixed = hasKey ? [...following, ...followingFromKey] : following;
  const isFixed = fixed.some((one) => (one.endsWith('/') ? key.startsWith(one) : key === one));
  if (!isFixed) return;
  throw new QuestionRefusal(
    `The value of ${name} follows from the principal and the key.`,
    'Leave it out, or ask about another principal or key.',
  );
}

/** What only a service says: for itself, or for the user that it acts for. */
function readService(
  values: ReadonlyMap<string, readonly string[]>,
  principal: Principal,
): ServiceFacts | undefined {
  const viaService = values.get('kms:viaservice')?.[0];
  if (principal.kind !== 'service' && viaService === undefined) return undefined;
  const short = viaService?.split('.', 1)[0] ?? '';
  return {
    serviceName: principal.kind === 'service' ? principal.serviceName : `${short}.amazonaws.com`,
    viaService: principal.kind === 'service' ? undefined : viaService,
    sourceArn: values.get('aws:sourcearn')?.[0],
    sourceAccount: values.get('aws:sourceaccount')?.[0],
  };
}
