import { decodeInput, dryRunSucceeded, invalidKeyUsage, validateInput } from '@keyhaven/api-model';
import { Callers } from '../authentication/callers.ts';
import type { Authenticate } from '../authentication/index.ts';
import type { Authorizer } from '../authorization/authorizer.ts';
import { assertStatePermits } from '../keys/key-states.ts';
import { stateOf } from '../keys/load-key.ts';
import { andThen, type Maybe } from '../maybe.ts';
import { decode, type Protocols } from '../protocol/decode.ts';
import type {
  Acted,
  Authenticated,
  Authorized,
  Call,
  Decoded,
  Fills,
  Loaded,
  Received,
  Validated,
} from './call.ts';
import type { Admission } from './admission.ts';
import type { Committer } from './committer.ts';
import { authorizeCall } from './authorize-call.ts';
import { loadCall } from './load-call.ts';
import type { Ports } from './ports.ts';
import { zeroiseOutput } from './zeroise-output.ts';
import { answerRecipient, assertRecipientComplete } from './recipient.ts';

/** One step of the request's path. It fills its fields of the call or throws the refusal. */
export interface Stage {
  readonly name: string;
  run(call: Call): Maybe<void>;
}

export interface StageParts {
  readonly protocols: Protocols;
  readonly authenticate: Authenticate;
  readonly admission: Admission;
  readonly authorizer: Authorizer;
  readonly ports: Ports;
  readonly committer: Committer;
}

/**
 * The request's path. Every request takes these stages in this order; no operation can skip or reorder one.
 * Whatever the outcome, it is then recorded and answered (`request-runner.ts`).
 */
export function createStages(parts: StageParts): readonly Stage[] {
  const { protocols, authenticate, admission, authorizer, ports, committer } = parts;
  const callers = new Callers();
  return [
    {
      name: 'decode',
      run: (call: Fills<Received, 'protocol' | 'operation' | 'json'>) => decodeCall(call, protocols),
    },
    {
      name: 'authenticate',
      run: (call: Fills<Decoded, 'caller' | 'isAuthenticated'>) =>
        authenticateCall(call, authenticate, callers),
    },
    { name: 'validate', run: (call: Fills<Authenticated, 'input'>) => validateCall(call) },
    { name: 'admit', run: (call: Fills<Validated, 'isAdmitted'>) => admission.admit(call) },
    {
      name: 'load',
      run: (call: Fills<Validated, 'loaded' | 'recipient' | 'identity' | 'grantTokens'>) =>
        loadCall(call, ports),
    },
    {
      name: 'authorize',
      run: (call: Fills<Loaded, 'decidedBy' | 'restsOn'>) => authorizeCall(call, authorizer),
    },
    { name: 'check state and usage', run: (call: Authorized) => checkStateAndUsage(call) },
    { name: 'act', run: (call: Fills<Authorized, 'outcome'>) => act(call, ports) },
    { name: 'DryRun', run: (call: Acted) => discardDryRun(call) },
    { name: 'commit', run: (call: Fills<Acted, 'committed' | 'records'>) => committer.commit(call) },
  ];
}

/** The stage that a write starts again from when another commit changed what it rests on. */
export const restartStage = 'load';

function decodeCall(call: Fills<Received, 'protocol' | 'operation' | 'json'>, protocols: Protocols): void {
  const decoded = decode(call.wire, protocols);
  call.protocol = decoded.protocol;
  call.operation = decoded.operation;
  call.json = decoded.json;
}

function authenticateCall(
  call: Fills<Decoded, 'caller' | 'isAuthenticated'>,
  authenticate: Authenticate,
  callers: Callers,
): Maybe<void> {
  return andThen(authenticate(call.wire, call.protocol.expectation), (authenticated) => {
    call.caller = callers.of(authenticated);
    call.isAuthenticated = true;
    if (authenticated.refusal !== undefined) throw authenticated.refusal;
  });
}

function validateCall(call: Fills<Authenticated, 'input'>): void {
  const { operation } = call;
  const input = decodeInput(operation.input, call.json);
  validateInput(operation.input, input);
  assertRecipientComplete(input);
  operation.check?.(input);
  call.input = input;
}

function checkStateAndUsage({ operation, loaded, input, receivedAt }: Authorized): void {
  const { states, usage, name } = operation;
  operation.supports?.(loaded, input);
  if (states === undefined && usage === undefined) return;
  for (const key of operation.target.keys(loaded)) {
    if (usage !== undefined && key.row.key_usage !== usage)
      throw invalidKeyUsage(key.arn, key.row.key_usage, name);
    if (states !== undefined) assertStatePermits(states, stateOf(key, receivedAt), key.arn);
  }
}

function act(call: Fills<Authorized, 'outcome'>, ports: Ports): Maybe<void> {
  const { operation, input, caller, loaded, receivedAt, recipient } = call;
  const acting = { input, caller, loaded, now: receivedAt, request: call };
  return andThen(operation.act(acting, ports), (outcome) => {
    call.outcome = recipient === undefined ? outcome : answerRecipient(operation, outcome, recipient);
  });
}

/** AWS reports DryRun last: a request that would fail fails, one that would succeed says so and does nothing. */
function discardDryRun({ operation, input, outcome }: Acted): void {
  if (input['DryRun'] !== true) return;
  zeroiseOutput(operation, outcome);
  throw dryRunSucceeded();
}
