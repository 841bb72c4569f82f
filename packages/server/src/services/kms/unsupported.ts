/** The KMS operations that this version does not answer, and why; a request for one is an UnknownOperationException. */
export const unsupportedOperations: ReadonlyMap<string, string> = new Map([
  ['ConnectCustomKeyStore', 'There are no custom key stores.'],
  ['CreateCustomKeyStore', 'There are no custom key stores.'],
  ['CreateGrant', 'There are no grants.'],
  ['DeleteCustomKeyStore', 'There are no custom key stores.'],
  ['DescribeCustomKeyStores', 'There are no custom key stores.'],
  ['DisconnectCustomKeyStore', 'There are no custom key stores.'],
  ['ListGrants', 'There are no grants.'],
  ['ListRetirableGrants', 'There are no grants.'],
  ['RetireGrant', 'There are no grants.'],
  ['RevokeGrant', 'There are no grants.'],
  ['UpdateCustomKeyStore', 'There are no custom key stores.'],
]);
