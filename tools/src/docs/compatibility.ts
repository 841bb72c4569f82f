import * as sdk from '@aws-sdk/client-kms';
import { AwsError } from '@keyhaven/api-model';
import { stateRules } from '../../../packages/server/src/keys/key-states.ts';
import type { Operation } from '../../../packages/server/src/pipeline/operation.ts';
import type { Ports } from '../../../packages/server/src/pipeline/ports.ts';
import { kmsOperations } from '../../../packages/server/src/services/kms/index.ts';
import { unsupportedOperations } from '../../../packages/server/src/services/kms/unsupported.ts';
import { stsOperations } from '../../../packages/server/src/services/sts/index.ts';

import type { TestedOperations } from '../tested-operations/evidence.ts';
import { renderKeySpecs } from './key-spec-table.ts';
import { limits } from './limits.ts';

/** docs/compatibility.md: what this version does of every operation that the AWS SDK knows. */
export function renderCompatibility(tested: TestedOperations): string {
  const names = Object.keys(sdk)
    .filter((name) => /^[A-Z]\w+Command$/.test(name))
    .map((name) => name.replace(/Command$/, ''))
    .sort();
  const answered = names.filter((name) => kmsOperations.has(name));
  const rows = names.map((name) => renderRow(name, kmsOperations.get(name), tested));
  return `<!-- Made by npm run docs from the operations' declarations, the key specs and docs/tested-operations.json. Do not edit. -->

# Compatibility

The AWS SDK for JavaScript knows ${names.length} KMS operations. This version answers ${answered.length} of them.
It answers the other ${names.length - answered.length} with \`UnknownOperationException\`.

- **Access**: a *read* may decide on what is cached; a *write* decides on rows read for this request.
- **Key identifiers**: *all four* are key id, key ARN, alias name and alias ARN.
- **States**: which key states refuse the operation; see below.
- **Tested**: *yes* where tests that know nothing but the wire have let the operation succeed and have had it refused. It is
  made from what the journals of the services in those tests told (\`npm run test:operations\`), never by hand.

| Operation | This version | Tested | Access | Key identifiers | States |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

## Key states

| Rule | Refused states |
| --- | --- |
${Object.entries(stateRules)
  .map(([rule, refusals]) => `| ${rule} | ${renderRefusals(refusals)} |`)
  .join('\n')}

The refusal is \`KMSInvalidStateException\` unless another is named.
No key of this version is \`Unavailable\`: there are no custom key stores. \`Creating\` and \`Updating\` last milliseconds.

## Key specs

${renderKeySpecs()}

Keys of every spec can be multi-Region keys.

## Limits of this version

${limits.map((limit) => `- ${limit}`).join('\n')}

## STS

| Operation | This version |
| --- | --- |
${[...stsOperations.keys()].map((name) => `| ${name} | answered |`).join('\n')}

Every other action of STS is answered with \`InvalidAction\`.
`;
}

function renderRow(name: string, operation: Operation | undefined, tested: TestedOperations): string {
  if (operation === undefined) {
    const reason = unsupportedOperations.get(name);
    if (reason === undefined) throw new Error(`${name} is neither answered nor explained in unsupported.ts`);
    return `| ${name} | not answered: ${reason} | | | | |`;
  }
  const states = operation.states ?? 'any';
  return `| ${name} | answered | ${renderEvidence(name, tested)} | ${operation.access} | ${renderKeyForms(operation)} | ${states} |`;
}

/** One without the other proves nothing: what never fails may not look, and what always fails is not there. */
export function renderEvidence(name: string, tested: TestedOperations): string {
  const { success = false, refusal = false } = tested[name] ?? {};
  if (success && refusal) return 'yes';
  if (success) return 'untested: never refused';
  return refusal ? 'untested: never let succeed' : 'untested';
}

function renderRefusals(refusals: Readonly<Record<string, (arn: string) => AwsError>>): string {
  const states = Object.entries(refusals).map(([state, refusal]) => {
    const { code } = refusal('');
    return code === 'KMSInvalidStateException' ? state : `${state} (\`${code}\`)`;
  });
  return states.length === 0 ? 'none' : states.join(', ');
}

const keyId = '1234abcd-12ab-34cd-56ef-1234567890ab';
const knownAlias = 'alias/known';
const unknownAlias = 'alias/unknown';

/** Members that hold a key identifier; a key store's own names are none. */
const keyMember = /^(?:KeyId|SourceKeyId|DestinationKeyId|TargetKeyId)$/;

/** Which forms each key member takes, found by asking the operation's target for an alias that does not exist. */
function renderKeyForms(operation: Operation): string {
  const members = Object.keys(operation.input).filter((name) => keyMember.test(name));
  const forms = members.map((member) => {
    const form = takesAliases(operation, members, member) ? 'all four' : 'id, ARN';
    return member === 'KeyId' ? form : `${member}: ${form}`;
  });
  return forms.join('; ');
}

function takesAliases({ name, target }: Operation, members: readonly string[], member: string): boolean {
  const input: Record<string, string> = { AliasName: knownAlias };
  for (const one of members) input[one] = one === member ? unknownAlias : keyId;
  const principal = { kind: 'root', accountId: '000000000000', arn: '', principalId: '' } as const;
  const scope = { accountId: '000000000000', accessKeyId: '', region: 'eu-west-2' };
  const caller = { principal, ...scope, session: undefined, service: undefined };
  try {
    for (const fresh of [true, false]) {
      const call = { input, caller, fresh };
      // What was not found may be told only when it is asked for.
      Array.from(target.permissions(target.load(call, ports), call, name));
    }
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    return error.code === 'NotFoundException' && error.text?.includes(unknownAlias) === true;
  }
  throw new Error(`an alias that does not exist was found for ${member}`);
}

/** A store with one key and one alias. */
const findAlias = (_account: string, _region: string, name: string) =>
  name === knownAlias ? { target_key_id: keyId } : undefined;
const findKey = () => ({ materials: [], row: {} });
const stub: unknown = { directory: { findAlias, readAlias: findAlias, findKey, readKey: findKey } };
const ports = stub as Ports;
