import { renderFacts } from '../terminal/table.ts';
import type { Explanation, PermissionExplanation, PolicyVerdict } from './results.ts';
import { wrapText } from './wrap-text.ts';

/** The answer in the first line, then what each policy says, then what could be done. */
export function renderExplanation(found: Explanation): string {
  return [
    wrapText(found.summary),
    renderClient(found),
    ...found.permissions.map((one) => renderPermission(one, found)),
    renderUnstated(found.unstated),
  ].join('');
}

function renderClient({ error }: Explanation): string {
  return error === undefined ? '' : `\n${wrapText(`${error.code}: ${error.message}`, 'The client hears  ')}`;
}

/** Every permission under its own heading; where there are several, with its own answer. */
export function renderPermission(
  one: PermissionExplanation,
  { principal, permissions }: Explanation,
): string {
  const { action, resource, policies, grants, furtherGrants, toAllow = [] } = one;
  const facts = renderFacts([
    ['Principal', principal],
    ['Action', action],
    ['Resource', resource],
  ]);
  const lines = policies.map(renderVerdict);
  for (const { grantId, operations, covers } of grants)
    lines.push(wrapText(`grant ${grantId} (${operations.join(', ')})`, covers ? allowMark : silentMark));
  if (furtherGrants > 0) lines.push(`${silentMark}${furtherGrants} more grants\n`);
  if (lines.length === 0) lines.push(`${silentMark}no policy and no grant speaks of it\n`);
  const answer = permissions.length > 1 ? wrapText(one.summary, 'Answer     ') : '';
  const why = one.decision === 'Allow' ? '' : wrapText(one.sentence, 'Because    ');
  return `\n${facts}${answer}${why}\n${lines.join('')}${renderWays(toAllow)}`;
}

const allowMark = '  + ';
const denyMark = '  x ';
const silentMark = '  - ';

const marks = { allows: allowMark, denies: denyMark, silent: silentMark } as const;

function renderVerdict({ kind, name, attachedTo, verdict, statement, names, near }: PolicyVerdict): string {
  const policy = describePolicy(kind, name, attachedTo);
  const by = statement === undefined ? '' : `, ${describeStatement(statement)}`;
  const text = {
    allows: `${policy} allows ${names === 'account' ? 'what the account allows' : 'it'}${by}`,
    denies: `${policy} denies it${by}`,
    silent: `${policy} does not allow it`,
  }[verdict];
  const almost = near.map((one) =>
    wrapText(`${describeStatement(one)} would, but for ${one.unmet.map(describeUnmet).join('; ')}`, '      '),
  );
  return wrapText(text, marks[verdict]) + almost.join('');
}

function describeUnmet({
  key,
  operator,
  wanted,
  said,
}: PolicyVerdict['near'][number]['unmet'][number]): string {
  const says = said === undefined ? 'nothing is said' : `said: ${said.join(', ')}`;
  return `${key} ${operator} ${wanted.join(' | ')} (${says})`;
}

/** By its Sid, or by its place, counted from 1. */
export function describeStatement({
  sid,
  index,
}: {
  readonly sid?: string | undefined;
  readonly index: number;
}): string {
  return sid === undefined ? `statement ${index + 1}` : `statement "${sid}"`;
}

export function describePolicy(kind: string, name: string, attachedTo: string | undefined): string {
  if (kind === 'resource-based policy') return name === 'default' ? 'key policy' : name;
  return `${kind} ${name}${attachedTo === undefined ? '' : ` of the group ${attachedTo}`}`;
}

function renderWays(ways: readonly string[]): string {
  if (ways.length === 0) return '';
  const [only = ''] = ways;
  if (ways.length === 1) return `\n${wrapText(only, 'To allow it: ')}`;
  return `\nTo allow it:\n${ways.map((way) => wrapText(way, '  * ')).join('')}`;
}

function renderUnstated(keys: readonly string[]): string {
  if (keys.length === 0) return '';
  return `\n${wrapText(`Policies asked for ${keys.join(', ')}, and nothing is said of it. Say it with --condition KEY=VALUE.`)}`;
}
