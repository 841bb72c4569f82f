/** The predefined aliases of every account and Region, and the service that `kms:ViaService` names for each. */
const viaServices = new Map([
  ['acm', 'acm'],
  ['backup', 'backup'],
  ['dynamodb', 'dynamodb'],
  ['ebs', 'ec2'],
  ['elasticfilesystem', 'elasticfilesystem'],
  ['es', 'es'],
  ['glue', 'glue'],
  ['kinesis', 'kinesis'],
  ['lambda', 'lambda'],
  ['rds', 'rds'],
  ['redshift', 'redshift'],
  ['s3', 's3'],
  ['secretsmanager', 'secretsmanager'],
  ['sns', 'sns'],
  ['sqs', 'sqs'],
  ['ssm', 'ssm'],
  ['xray', 'xray'],
]);

const predefinedAliases: readonly string[] = [...viaServices.keys()]
  .map((name) => `alias/aws/${name}`)
  .sort();

export function isPredefinedAlias(aliasName: string): boolean {
  return predefinedAliases.includes(aliasName);
}

/** The predefined aliases whose names come after a marker, by name. */
export function predefinedAliasesAfter(after: string | undefined): readonly string[] {
  return after === undefined ? predefinedAliases : predefinedAliases.filter((name) => name > after);
}

/** AWS managed keys rotate every year ("Rotating AWS managed keys", KMS Developer Guide). */
export const awsManagedRotationDays = 365;

export function awsManagedKeyDescription(aliasName: string): string {
  return `Default key that protects my ${aliasName.slice('alias/aws/'.length)} data when no other key is defined`;
}

/**
 * The fixed policy of an AWS managed key: the service may use it for the account's principals, the account may look
 * at it, and nobody may use it directly or change it.
 */
export function awsManagedKeyPolicy(aliasName: string, accountId: string, region: string): string {
  const name = aliasName.slice('alias/aws/'.length);
  const viaService = `${viaServices.get(name) ?? name}.${region}.amazonaws.com`;
  return JSON.stringify({
    Version: '2012-10-17',
    Id: `auto-${name}-1`,
    Statement: [
      {
        Sid: `Allow access through ${name} for all principals in the account that are authorized to use ${name}`,
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: [
          'kms:Encrypt',
          'kms:Decrypt',
          'kms:ReEncrypt*',
          'kms:GenerateDataKey*',
          'kms:CreateGrant',
          'kms:DescribeKey',
        ],
        Resource: '*',
        Condition: { StringEquals: { 'kms:CallerAccount': accountId, 'kms:ViaService': viaService } },
      },
      {
        Sid: 'Allow direct access to key metadata to the account',
        Effect: 'Allow',
        // Principals of an installation are in one partition, whatever its Regions are called.
        Principal: { AWS: `arn:aws:iam::${accountId}:root` },
        Action: ['kms:Describe*', 'kms:Get*', 'kms:List*', 'kms:RevokeGrant'],
        Resource: '*',
      },
    ],
  });
}
