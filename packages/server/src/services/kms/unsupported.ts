/** The KMS operations that this version does not answer, and why; a request for one is an UnknownOperationException. */
export const unsupportedOperations: ReadonlyMap<string, string> = new Map([
  ['ConnectCustomKeyStore', 'There are no custom key stores.'],
  ['CreateCustomKeyStore', 'There are no custom key stores.'],
  ['DeleteCustomKeyStore', 'There are no custom key stores.'],
  ['DescribeCustomKeyStores', 'There are no custom key stores.'],
  ['DisconnectCustomKeyStore', 'There are no custom key stores.'],
  ['UpdateCustomKeyStore', 'There are no custom key stores.'],
]);
