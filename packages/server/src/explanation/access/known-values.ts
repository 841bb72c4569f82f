import type {
  CallerPolicies,
  ConditionValues,
  KnownValues,
  NamedPolicy,
  ResourcePolicies,
} from '@keyhaven/policy';

/** Condition keys whose values follow from who asks and for which key, in lower case; families end with a slash. */
const settled: readonly string[] = [
  ...['principalarn', 'principalaccount', 'principaltype', 'principaltag/', 'userid', 'username'],
  ...['principalisawsservice', 'principalservicename', 'principalservicenameslist'],
  ...['resourceaccount', 'resourcetag/', 'requestedregion'],
]
  .map((name) => `aws:${name}`)
  .concat(
    [
      'calleraccount',
      'resourcealiases',
      'keyspec',
      'keyusage',
      'keyorigin',
      'multiregion',
      'multiregionkeytype',
    ]
      .concat(['customermasterkeyspec', 'customermasterkeyusage'])
      .map((name) => `kms:${name}`),
  );

const isSettled = (key: string): boolean =>
  settled.some((one) => (one.endsWith('/') ? key.startsWith(one) : key === one));

/** What every request of a caller for a key says, of the keys that these policies ask for; of what each says for itself, nothing. */
export function knownValues(
  values: ConditionValues,
  caller: CallerPolicies,
  resource: ResourcePolicies,
): KnownValues {
  const known = new Map<string, readonly string[]>();
  const policies: readonly (NamedPolicy | undefined)[] = [
    ...caller.identity,
    caller.boundary,
    ...(caller.session ?? []),
    ...(caller.serviceControl ?? []),
    resource.keyPolicy,
    ...(resource.resourceControl ?? []),
  ];
  for (const policy of policies)
    for (const { conditions } of policy?.policy.statements ?? [])
      for (const { condition } of conditions) {
        const key = condition.key.toLowerCase();
        if (isSettled(key)) known.set(key, values.get(key) ?? []);
      }
  return known;
}
