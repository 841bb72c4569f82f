/** The types of the policy reference; each has its family of operators. */
export type ConditionKeyType = 'String' | 'ARN' | 'Bool' | 'Numeric' | 'Date' | 'IPAddress';

/** A condition key as AWS documents it. */
export interface ConditionKey {
  /** As AWS writes it; ends in `:` or `/` where a name of the caller's follows, as in `kms:EncryptionContext:`. */
  readonly name: string;
  readonly type: ConditionKeyType;
  /** Whether a request can have several values for it. Such a key needs a set operator and cannot be a variable. */
  readonly isMultiValued: boolean;
  /** False for what IAM policies alone can ask for. */
  readonly isForKeyPolicies: boolean;
}

/** Single-valued keys by type ("AWS KMS condition keys", KMS Developer Guide; "AWS global condition context keys", IAM User Guide). */
const singleValued: Readonly<Record<ConditionKeyType, string>> = {
  String: `
    kms:CallerAccount kms:CustomerMasterKeySpec kms:CustomerMasterKeyUsage kms:DataKeyPairSpec kms:EncryptionAlgorithm
    kms:EncryptionContext: kms:ExpirationModel kms:GrantConstraintType kms:GranteePrincipal kms:GranteeServicePrincipal
    kms:KeyAgreementAlgorithm kms:KeyOrigin kms:KeySpec kms:KeyUsage kms:MacAlgorithm kms:MessageType kms:MultiRegionKeyType
    kms:PrimaryRegion kms:RecipientAttestation:ImageSha384 kms:ReplicaRegion kms:RequestAlias kms:RetiringPrincipal
    kms:RetiringServicePrincipal kms:SigningAlgorithm kms:ViaService kms:WrappingAlgorithm kms:WrappingKeySpec
    aws:CalledViaFirst aws:CalledViaLast aws:Ec2InstanceSourceVpc aws:FederatedProvider aws:PrincipalAccount
    aws:PrincipalOrgID aws:PrincipalServiceName aws:PrincipalTag/ aws:PrincipalType aws:referer aws:RequestedRegion
    aws:RequestTag/ aws:ResourceAccount aws:ResourceOrgID aws:ResourceTag/ aws:SourceAccount aws:SourceIdentity
    aws:SourceOrgID aws:SourceVpc aws:SourceVpce aws:UserAgent aws:userid aws:username aws:VpceAccount aws:VpceOrgID
    sts:ExternalId sts:RoleSessionName sts:SourceIdentity`,
  ARN: `kms:GrantConstraintSourceArn aws:ChatbotSourceArn aws:PrincipalArn aws:SourceArn aws:SourceVpcArn`,
  Bool: `
    kms:BypassPolicyLockoutSafetyCheck kms:GrantIsForAWSResource kms:MultiRegion kms:ReEncryptOnSameKey aws:AssumedRoot
    aws:MultiFactorAuthPresent aws:PrincipalIsAWSService aws:SecureTransport aws:ViaAWSService`,
  Numeric: `
    kms:RotationPeriodInDays kms:ScheduleKeyDeletionPendingWindowInDays kms:TrailingDaysWithoutKeyUsage
    aws:MultiFactorAuthAge`,
  Date: `kms:ValidTo aws:CurrentTime aws:EpochTime aws:TokenIssueTime`,
  IPAddress: `aws:Ec2InstanceSourcePrivateIPv4 aws:SourceIp aws:VpcSourceIp`,
};

/** All of type String. */
const multiValued = `
  kms:EncryptionContextKeys kms:GrantOperations kms:ResourceAliases aws:CalledVia aws:PrincipalOrgPaths
  aws:PrincipalServiceNamesList aws:ResourceOrgPaths aws:SourceOrgPaths aws:TagKeys aws:VpceOrgPaths
  sts:TransitiveTagKeys`;

/** What a key policy cannot ask for: tags and aliases of the key. */
const identityPoliciesOnly: ReadonlySet<string> = new Set(['kms:ResourceAliases', 'aws:ResourceTag/']);

const types = ['String', 'ARN', 'Bool', 'Numeric', 'Date', 'IPAddress'] as const;

const conditionKeys: readonly ConditionKey[] = [
  ...types.flatMap((type) => words(singleValued[type]).map((name) => describeKey(name, type, false))),
  // Registers of an enclave's attestation document, and of a NitroTPM's.
  ...numbered('kms:RecipientAttestation:PCR', 32),
  ...numbered('kms:RecipientAttestation:NitroTPMPCR', 32),
  ...words(multiValued).map((name) => describeKey(name, 'String', true)),
];

const byName = new Map(conditionKeys.map((key) => [key.name.toLowerCase(), key]));
const withNames = conditionKeys.filter(({ name }) => /[:/]$/.test(name));

/**
 * The condition key of that name, whose case does not matter; undefined for what is none of KMS's and none of the global keys.
 * What stands after `kms:EncryptionContext:` and after the tag keys' slash is the caller's, and cannot be empty.
 */
export function findConditionKey(name: string): ConditionKey | undefined {
  const lowerCase = name.toLowerCase();
  const key =
    byName.get(lowerCase) ?? withNames.find(({ name: start }) => lowerCase.startsWith(start.toLowerCase()));
  return key !== undefined && /[:/]$/.test(lowerCase) ? undefined : key;
}

/** Every condition key, for documentation and tests. */
export function listConditionKeys(): readonly ConditionKey[] {
  return conditionKeys;
}

function describeKey(name: string, type: ConditionKeyType, isMultiValued: boolean): ConditionKey {
  return { name, type, isMultiValued, isForKeyPolicies: !identityPoliciesOnly.has(name) };
}

function numbered(prefix: string, count: number): readonly ConditionKey[] {
  return Array.from({ length: count }, (_, index) => describeKey(`${prefix}${index}`, 'String', false));
}

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
