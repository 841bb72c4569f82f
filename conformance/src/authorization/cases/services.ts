import { own } from '../cast.ts';
import { denied, no, type DecisionCase } from '../decision-case.ts';
import { alice, delegation, forbids, lets, permits, when } from '../statements.ts';

const page = 'Permissions for AWS services in key policies';
const s3 = { Service: 's3.amazonaws.com' };
/** The source of a grant is an ARN with an account; a bucket's has none. */
const bucket = `arn:aws:s3:us-east-1:${own}:accesspoint/example-bucket`;
const forBucket = { sourceArn: bucket, sourceAccount: own };
const ofBucket = { 'aws:SourceArn': bucket, 'aws:SourceAccount': own };

/** Services that act for themselves, or for a user. */
export const serviceCases: readonly DecisionCase[] = [
  {
    name: 'A service that the key policy names is let in.',
    page,
    principal: 's3',
    keyPolicy: [delegation, lets(s3, ['kms:GenerateDataKey*', 'kms:Decrypt'])],
    request: { operation: 'Decrypt' },
    expected: 'allow',
  },
  {
    name: 'A service that the key policy does not name is not let in.',
    page,
    principal: 'logs',
    keyPolicy: [delegation, lets(s3, ['kms:GenerateDataKey*', 'kms:Decrypt'])],
    request: { operation: 'Decrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'A service may do only what the key policy gives it.',
    page,
    principal: 's3',
    keyPolicy: [delegation, lets(s3, 'kms:Decrypt')],
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'A service of a Region is named with its Region.',
    page,
    principal: 'logs',
    keyPolicy: [delegation, lets({ Service: 'logs.us-east-1.amazonaws.com' }, 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: 'allow',
  },
  {
    name: 'A service of a Region is not the service of another.',
    page,
    principal: 'logs',
    keyPolicy: [delegation, lets({ Service: 'logs.eu-west-1.amazonaws.com' }, 'kms:Encrypt')],
    request: { operation: 'Encrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'Delegation to the account lets no service in.',
    page,
    principal: 's3',
    request: { operation: 'Decrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'The principal * lets no service in.',
    page,
    principal: 's3',
    keyPolicy: [lets('*', 'kms:Decrypt')],
    request: { operation: 'Decrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'A Deny of everyone denies services.',
    page: 'AWS JSON policy elements: Principal',
    principal: 's3',
    keyPolicy: [lets(s3, 'kms:Decrypt'), forbids('*', 'kms:Decrypt')],
    request: { operation: 'Decrypt' },
    expected: denied('resource-based policy'),
  },
  {
    name: 'aws:SourceArn limits a service to a resource.',
    page: 'The confused deputy problem',
    principal: 's3',
    keyPolicy: [
      lets(s3, 'kms:*', when({ ArnLike: { 'aws:SourceArn': `arn:aws:s3:*:*:accesspoint/example-*` } })),
    ],
    request: { operation: 'Decrypt', via: forBucket },
    values: ofBucket,
    expected: 'allow',
  },
  {
    name: 'aws:SourceArn refuses a service that acts for another resource.',
    page: 'The confused deputy problem',
    principal: 's3',
    keyPolicy: [
      lets(s3, 'kms:*', when({ ArnLike: { 'aws:SourceArn': `arn:aws:s3:*:*:accesspoint/other-*` } })),
    ],
    request: { operation: 'Decrypt', via: forBucket },
    values: ofBucket,
    expected: no('resource-based policy'),
  },
  {
    name: 'aws:SourceAccount limits a service to an account.',
    page: 'The confused deputy problem',
    principal: 's3',
    keyPolicy: [lets(s3, 'kms:*', when({ StringEquals: { 'aws:SourceAccount': own } }))],
    request: { operation: 'Decrypt', via: forBucket },
    values: ofBucket,
    expected: 'allow',
  },
  {
    name: 'aws:SourceAccount refuses a service that says no account.',
    page: 'The confused deputy problem',
    principal: 's3',
    keyPolicy: [lets(s3, 'kms:*', when({ StringEquals: { 'aws:SourceAccount': own } }))],
    request: { operation: 'Decrypt' },
    expected: no('resource-based policy'),
  },
  {
    name: 'A grant to a service lets it in for the resource that the grant names.',
    page: 'Grants in AWS KMS',
    principal: 's3',
    grants: [{ operations: ['Decrypt'], grantee: 'service', sourceArn: bucket }],
    request: { operation: 'Decrypt', via: forBucket },
    values: ofBucket,
    expected: 'allow',
  },
  {
    name: 'A grant to a service does not let it in for another resource.',
    page: 'GrantConstraints, AWS KMS API Reference',
    principal: 's3',
    grants: [{ operations: ['Decrypt'], grantee: 'service', sourceArn: `${bucket}-2` }],
    request: { operation: 'Decrypt', via: forBucket },
    values: ofBucket,
    expected: no('resource-based policy'),
  },
  {
    name: 'A grant with a source ARN does not let in a service that says none.',
    page: 'GrantConstraints, AWS KMS API Reference',
    principal: 's3',
    grants: [{ operations: ['DescribeKey'], grantee: 'service', sourceArn: bucket }],
    request: { operation: 'DescribeKey' },
    expected: no('resource-based policy'),
  },
  {
    name: 'A service has no permission that only IAM gives.',
    page: 'Using IAM policies with AWS KMS',
    principal: 's3',
    request: { operation: 'ListKeys', asks: [{ action: 'kms:ListKeys', on: 'account' }] },
    expected: no('identity-based policy'),
  },
  {
    name: 'A user whom an IAM policy allows by way of a service may use the key through it.',
    page: 'kms:ViaService',
    principal: 'alice',
    identity: [
      [permits('kms:Decrypt', when({ StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } }))],
    ],
    request: { operation: 'Decrypt', via: { service: 's3.us-east-1.amazonaws.com' } },
    values: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
    expected: 'allow',
  },
  {
    name: 'A user whom an IAM policy allows by way of a service may not use the key directly.',
    page: 'kms:ViaService',
    principal: 'alice',
    identity: [
      [permits('kms:Decrypt', when({ StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } }))],
    ],
    request: { operation: 'Decrypt' },
    expected: no('identity-based policy'),
  },
  {
    name: 'A service that acts for a user does not bring its own permissions.',
    page: 'kms:ViaService',
    principal: 'alice',
    keyPolicy: [lets(s3, 'kms:Decrypt'), lets(alice, 'kms:Encrypt')],
    request: { operation: 'Decrypt', via: { service: 's3.us-east-1.amazonaws.com' } },
    values: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' },
    expected: no('resource-based policy'),
  },
  {
    name: 'aws:PrincipalIsAWSService spares services from a Deny of others.',
    page: 'AWS global condition context keys',
    principal: 's3',
    keyPolicy: [
      lets(s3),
      forbids('*', 'kms:Decrypt', when({ Bool: { 'aws:PrincipalIsAWSService': 'false' } })),
    ],
    request: { operation: 'Decrypt' },
    expected: 'allow',
  },
];
