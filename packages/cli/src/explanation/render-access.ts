import { describePolicy, describeStatement } from './render-explanation.ts';
import type { KeyAccess, Source } from './results.ts';
import { wrapText } from './wrap-text.ts';

type PrincipalAccess = KeyAccess['principals'][number];
type GroupedAccess = PrincipalAccess['access'][number];

/** Who may, each with what and why, and under them what is strange about the key policy. */
export function renderAccess(found: KeyAccess): string {
  const { key, aliases, actions, principals, warnings, isCutShort } = found;
  const named = aliases.length === 0 ? key : `${key} (${aliases.join(', ')})`;
  const what = actions.length === 1 ? `${actions[0] ?? ''} with` : 'use or manage';
  const head =
    principals.length === 0
      ? `NOBODY of the principals that exist may ${what} ${named}`
      : `${principals.length} ${principals.length === 1 ? 'principal' : 'principals'} may ${what} ${named}`;
  return [
    wrapText(head),
    ...principals.map((one) => renderPrincipal(one, actions)),
    isCutShort ? '\nThere are more. Ask for one with --principal.\n' : '',
    warnings.length === 0 ? '' : '\n',
    ...warnings.map((one) => wrapText(`key policy, ${describeStatement(one)}: ${one.text}`, 'WARNING ')),
  ].join('');
}

function renderPrincipal({ principal, kind, access }: PrincipalAccess, all: readonly string[]): string {
  return `\n${wrapText(`${principal} (${kinds[kind] ?? kind})`)}${access.map((one) => renderGroup(one, all)).join('')}`;
}

const kinds: Readonly<Record<string, string>> = { root: 'root user' };

function renderGroup({ actions, deciders, conditions }: GroupedAccess, all: readonly string[]): string {
  const isAll = all.length > 1 && actions.length === all.length;
  return [
    wrapText(isAll ? 'every action on the key' : actions.join(', '), '  '),
    wrapText(deciders.map(describeSource).join(', and '), '    by '),
    ...conditions.map((one) =>
      wrapText(
        `${describeSource(one.source)} ${one.effect === 'Allow' ? 'allows' : 'denies'} it where ${one.conditions.join(', and ')}`,
        one.effect === 'Allow' ? '    if ' : '    unless ',
      ),
    ),
  ].join('');
}

function describeSource({ kind, policy = '', statement, grantId }: Source): string {
  if (grantId !== undefined) return `grant ${grantId}`;
  if (statement === undefined) return 'being the root user';
  return `${describeStatement(statement)} of the ${describePolicy(kind, policy, undefined)}`;
}
