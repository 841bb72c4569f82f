import {
  stsArn,
  assumedRoleUser,
  externalId,
  incompleteMfa,
  integer,
  malformedPolicy,
  minimumSessionTokenSize,
  noSuchMfaDevice,
  policyDescriptors,
  providedContexts,
  required,
  roleDurationSeconds,
  roleNotAssumable,
  roleSessionName,
  serialNumber,
  sessionExceedsChainMaximum,
  sessionExceedsRoleMaximum,
  sessionPolicyDocument,
  sessionTagKeys,
  sessionTags,
  sourceIdentity,
  temporaryCredentials,
  tokenCode,
  validation,
} from '@keyhaven/api-model';
import { compactPolicy, parsePolicyDocument, PolicySyntaxError } from '@keyhaven/policy';
import { andThen, type Maybe } from '../../../maybe.ts';
import { operation } from '../../../pipeline/operation.ts';
import { assumedRoleTarget } from '../../../pipeline/targets/assumed-role.ts';

const standardSeconds = 3600;
/** Of a session that is made through another session. */
const mostChainedSeconds = 3600;

interface SessionPolicy {
  readonly name: string;
  readonly document: string;
}

/** Makes temporary credentials of a role. https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export const AssumeRole = operation({
  name: 'AssumeRole',
  access: 'read',
  input: {
    RoleArn: required(stsArn),
    RoleSessionName: required(roleSessionName),
    PolicyArns: policyDescriptors,
    Policy: sessionPolicyDocument,
    DurationSeconds: roleDurationSeconds,
    Tags: sessionTags,
    TransitiveTagKeys: sessionTagKeys,
    ExternalId: externalId,
    SerialNumber: serialNumber,
    TokenCode: tokenCode,
    SourceIdentity: sourceIdentity,
    ProvidedContexts: providedContexts,
    MinimumSessionTokenSize: minimumSessionTokenSize,
  },
  output: {
    Credentials: temporaryCredentials,
    AssumedRoleUser: assumedRoleUser,
    PackedPolicySize: integer(),
    SourceIdentity: sourceIdentity,
    SessionTokenUtilization: integer(),
    SessionTokenSize: integer(),
  },
  target: assumedRoleTarget(),
  recorded: [
    'RoleArn',
    'RoleSessionName',
    'PolicyArns',
    'Policy',
    'DurationSeconds',
    'Tags',
    'TransitiveTagKeys',
    'ExternalId',
    'SourceIdentity',
  ],
  check({ Policy: policy, SerialNumber: serial, TokenCode: code, ProvidedContexts: contexts = [] }) {
    if (policy !== undefined) checkSessionPolicy(policy);
    // There are no MFA devices here, so whoever names one names none.
    if (serial !== undefined || code !== undefined)
      throw serial === undefined || code === undefined ? incompleteMfa() : noSuchMfaDevice();
    // Keyhaven's own text.
    if (contexts.length > 0)
      throw validation('There are no context providers, so no context can be provided.');
  },
  act({ input, caller, loaded: { role, session }, now }, ports) {
    // The target asks for no permission on a role that is not there.
    if (role === undefined) throw roleNotAssumable(caller.principal.arn, 'sts:AssumeRole', input.RoleArn);
    const isChained = caller.session !== undefined;
    const durationSeconds = input.DurationSeconds ?? standardSeconds;
    if (isChained && durationSeconds > mostChainedSeconds) throw sessionExceedsChainMaximum();
    if (durationSeconds > role.maxSessionSeconds) throw sessionExceedsRoleMaximum();
    const find = (name: string) => ports.roles.findManagedPolicy(name);
    return andThen(managedPolicies(input.PolicyArns ?? [], role.accountId, find), (managed) => {
      const { Policy: inline } = input;
      const policies =
        inline === undefined ? managed : [{ name: 'Policy', document: compactPolicy(inline) }, ...managed];
      const minimumTokenCharacters = input.MinimumSessionTokenSize ?? 0;
      const asked = { ...session, durationSeconds, policies, minimumTokenCharacters };
      const issued = ports.sessions.issue(role, asked, now);
      const isPacked = policies.length > 0 || session.tags.size > 0;
      return {
        output: {
          Credentials: {
            AccessKeyId: issued.accessKeyId,
            SecretAccessKey: issued.secretAccessKey,
            SessionToken: issued.sessionToken,
            Expiration: issued.expiresAt,
          },
          AssumedRoleUser: { AssumedRoleId: issued.principalId, Arn: issued.arn },
          PackedPolicySize: isPacked ? issued.packedPercent : undefined,
          SourceIdentity: session.sourceIdentity,
          SessionTokenUtilization: issued.packedPercent,
          SessionTokenSize: issued.sessionToken.length,
        },
        issued: { accessKeyId: issued.accessKeyId, principal: issued.arn, expiresAt: issued.expiresAt },
      };
    });
  },
});

function checkSessionPolicy(text: string): void {
  try {
    parsePolicyDocument(text, 'identity');
  } catch (error) {
    if (error instanceof PolicySyntaxError) throw malformedPolicy(error.message);
    throw error;
  }
}

type FindDocument = (name: string) => Maybe<string | undefined>;

/** The managed policies as they are now: a session keeps what it was made with. A token has little room for white space. */
function managedPolicies(
  arns: readonly { readonly arn: string }[],
  accountId: string,
  find: FindDocument,
): Maybe<readonly SessionPolicy[]> {
  return arns.length === 0 ? [] : findPolicies(arns, accountId, find);
}

/** They belong to the role's account. */
async function findPolicies(
  arns: readonly { readonly arn: string }[],
  accountId: string,
  find: FindDocument,
): Promise<readonly SessionPolicy[]> {
  const policies: SessionPolicy[] = [];
  for (const { arn: name } of arns) {
    const document = name.split(':')[4] === accountId ? await find(name) : undefined;
    // Keyhaven's own text.
    if (document === undefined) throw validation(`Policy ${name} does not exist or is not attachable.`);
    policies.push({ name, document: compactPolicy(document) });
  }
  return policies;
}
