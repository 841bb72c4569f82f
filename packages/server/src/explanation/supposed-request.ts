import { parsePolicyDocument, PolicySyntaxError } from '@keyhaven/policy';
import type { Caller, SessionFacts } from '../authentication/caller.ts';
import type { Principal } from '../authentication/principal.ts';
import type { Operation } from '../pipeline/operation.ts';
import type { Ports } from '../pipeline/ports.ts';
import type { AskedRequest } from './explain-request.ts';
import { findPrincipal } from './find-principal.ts';
import { type LocatedKey, locateKey } from './named-key.ts';
import { noSuchPrincipal, QuestionRefusal } from './refusals.ts';
import { type GivenConditions, readStatedFacts, type StatedFacts } from './stated-facts.ts';
import { supposeOperation } from './supposed-question.ts';

/** A request that nobody has made, as an operator describes it. */
export interface Supposition {
  /** An ARN, or a service's name. */
  readonly principal: string;
  /** `kms:Decrypt`. */
  readonly action: string;
  readonly key?: string | undefined;
  readonly region?: string | undefined;
  readonly accountId?: string | undefined;
  readonly conditions?: GivenConditions | undefined;
  /** As JSON texts: what the principal's session is limited to. */
  readonly sessionPolicies?: readonly string[] | undefined;
}

const members = ['EncryptionContext', 'SourceEncryptionContext', 'DestinationEncryptionContext'] as const;

/** The request that is described. Throws QuestionRefusal where it could not be made by anyone. */
export async function supposeRequest(
  supposition: Supposition,
  now: number,
  operations: ReadonlyMap<string, Operation>,
  ports: Pick<Ports, 'directory' | 'identities' | 'accounts'>,
): Promise<AskedRequest> {
  const key = await locate(supposition, ports);
  const principal = await findPrincipal(supposition.principal, accountOf(supposition, key), ports.identities);
  if (principal === undefined) throw noSuchPrincipal(supposition.principal);
  const { name, target, input } = supposeOperation(supposition.action, key, operations);
  const facts = readStatedFacts(supposition.conditions ?? {}, principal, key !== undefined);
  const region = key?.region ?? supposition.region;
  if (region === undefined)
    throw new QuestionRefusal('In which Region is it asked?', 'Name the Region, such as eu-west-2.');
  return {
    name,
    target,
    input: withContext(input, facts),
    caller: callerOf(principal, region, facts, readSession(supposition, principal, now)),
    wire: { sourceIp: '', isSecure: false, rawHeaders: [] },
    recipient: undefined,
    askedAt: now,
    grantsAt: now,
    stated: facts.conditions,
    action: actionOf(supposition.action, name),
  };
}

async function locate(
  { key, region, accountId, principal }: Supposition,
  ports: Pick<Ports, 'directory'>,
): Promise<LocatedKey | undefined> {
  if (key === undefined) return undefined;
  const own = /^(?:arn:aws:(?:iam|sts)::)?(\d{12})(?::|$)/.exec(principal)?.[1];
  return locateKey({ key, region, accountId: accountId ?? own }, ports);
}

/** Where a service would ask: it belongs to no account. */
const accountOf = ({ accountId }: Supposition, key: LocatedKey | undefined): string =>
  accountId ?? key?.accountId ?? '000000000000';

/** In the spelling of the operations, whose permissions are compared with it. */
function actionOf(action: string, operation: string): string {
  return operation === 'ReEncrypt' && /from$/i.test(action)
    ? 'kms:ReEncryptFrom'
    : `kms:${operation === 'ReEncrypt' ? 'ReEncryptTo' : operation}`;
}

function withContext(
  input: Readonly<Record<string, unknown>>,
  { encryptionContext }: StatedFacts,
): Readonly<Record<string, unknown>> {
  if (encryptionContext.size === 0) return input;
  return { ...input, ...Object.fromEntries(members.map((member) => [member, encryptionContext])) };
}

function callerOf(
  principal: Principal,
  region: string,
  { service }: StatedFacts,
  session: SessionFacts | undefined,
): Caller {
  return { principal, accountId: principal.accountId, accessKeyId: '', region, session, service };
}

/** A role is asked as a session, a user only with session policies (GetFederationToken). */
function readSession(
  { sessionPolicies = [] }: Supposition,
  { kind }: Principal,
  now: number,
): SessionFacts | undefined {
  if (kind !== 'assumed-role' && sessionPolicies.length === 0) return undefined;
  if (kind === 'root' || kind === 'service')
    throw new QuestionRefusal(
      'Root users and services have no sessions that policies limit.',
      'Leave the session policy out, or ask about a role.',
    );
  return {
    policies: sessionPolicies.map((document, index) => ({
      name: `Policy${index === 0 ? '' : index + 1}`,
      document: checkedPolicy(document),
    })),
    tags: new Map(),
    transitiveTagKeys: [],
    sourceIdentity: undefined,
    issuedAt: now,
    expiresAt: now + 3_600_000,
    chainDepth: 0,
  };
}

function checkedPolicy(document: string): string {
  try {
    parsePolicyDocument(document, 'identity');
    return document;
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    throw new QuestionRefusal(
      `The session policy does not parse: ${error.message}`,
      'Give an identity-based policy as JSON.',
    );
  }
}
