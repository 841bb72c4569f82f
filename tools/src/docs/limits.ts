/** What this version does otherwise than AWS KMS, or not at all: one item each in the list of docs/compatibility.md. */
export const limits: readonly string[] = [
  'Grants: where AWS does not document an answer, the choice is ours: see [Grants](grants.md).',
  'There are no custom key stores, neither of CloudHSM nor external ones. `CreateKey` refuses their `Origin`.',
  'Imported key material: ids are random, and 50 wrapping keys of one key are good at a time: see ' +
    '[Importing key material](import.md).',
  'Multi-Region keys are all in one store: see [Multi-Region keys](multi-region.md).',
  'Users, groups and roles come from seed files: the operations of IAM are not there.',
  '`Recipient` takes attestation documents of Nitro Enclaves and NitroTPM, and those made for tests: see ' +
    "[Enclaves](enclaves.md). The texts of its refusals are not AWS's, which are not documented.",
  'Condition keys about VPCs, organizations, instances and identity providers have no value in any request: a condition on one is ' +
    'met by the negated operators, `...IfExists` and `ForAllValues:`, and by no other. See [Authorization](authorization.md).',
  'Request quotas are not imitated; the service throttles only beyond 4,096 requests under way for one account, and ' +
    'beyond 32 of them that wait for RSA key pairs.',
  '`GetKeyLastUsage` tracks use from the first start of a version that answers it. After a restore without the journal, ' +
    'and after the journal was lost or cut, tracking begins anew: `TrackingStartDate` says so, and what came before is not told.',
];
