import type { CaseGrant, DecisionCase, PolicyText, PrincipalText, StatementText } from './decision-case.ts';
import { decidePurely } from './pure-decision.ts';

/**
 * What a case tries: the rule that decides, and the shape of what it decides on. Two cases that differ in names and values
 * alone have the same fingerprint; which form a principal, an action, a resource or a condition has, and whether it includes
 * what is asked, belongs to the shape.
 */
export function fingerprintOf(one: DecisionCase): string {
  const { operation, keyNamedBy, via, input = {} } = one.request;
  return JSON.stringify([
    decidePurely(one).map(({ asked, decision }) => [asked.on, decision]),
    one.principal.replace(/ .*/, ''),
    one.policyVersion,
    one.keyPolicy?.map(shapeOfStatement),
    one.identity?.map(shapeOfPolicy),
    one.boundary?.map(shapeOfStatement),
    one.session?.map(shapeOfPolicy),
    one.serviceControl?.map(shapeOfPolicy),
    one.resourceControl?.map(shapeOfPolicy),
    one.grants?.map(shapeOfGrant),
    [keyNamedBy, via && Object.keys(via), shapeOfInput(input), formOf(operation)],
    Object.entries(one.values ?? {}).map(([key, value]) => [key.toLowerCase(), formOf(value)]),
  ]);
}

function shapeOfPolicy(policy: PolicyText) {
  return policy.map(shapeOfStatement);
}

function shapeOfStatement(statement: StatementText) {
  return [
    statement.Effect,
    shapeOfPrincipal(statement.Principal),
    shapeOfPrincipal(statement.NotPrincipal),
    [formOf(statement.Action), formOf(statement.NotAction)],
    [formOf(statement.Resource), formOf(statement.NotResource)],
    Object.entries(statement.Condition ?? {}).map(([operator, keys]) => [
      operator,
      Object.entries(keys).map(([key, value]) => [key, formOf(value)]),
    ]),
  ];
}

function shapeOfPrincipal(principal: PrincipalText | undefined) {
  if (principal === undefined || principal === '*') return principal;
  return Object.entries(principal).map(([type, names]) => [
    type,
    [names].flat().map((name) => name.replaceAll(/\d{12}/g, '#').replace(/[^:]*$/, principalKind)),
  ]);
}

/** `role/ci/deployer` -> `role/path/name`; an id stays its prefix. */
function principalKind(resource: string): string {
  const [kind = '', ...names] = resource.split('/');
  return [kind.replace(/^(A(?:IDA|ROA)).*/, '$1'), ...names.map(() => 'name')].join('/');
}

function shapeOfGrant({ operations, grantee, equals, subset, sourceArn }: CaseGrant) {
  return [operations, grantee, count(equals), count(subset), sourceArn !== undefined];
}

/** Members by name, and the forms of their values, however deep. */
function shapeOfInput(input: unknown): unknown {
  if (typeof input === 'string') return formOf(input);
  if (Array.isArray(input)) return input.map(shapeOfInput);
  if (typeof input !== 'object' || input === null) return typeof input;
  return Object.entries(input)
    .map(([name, value]) => [name, shapeOfInput(value)])
    .sort();
}

function count(pairs: Readonly<Record<string, string>> | undefined): number | undefined {
  return pairs && Object.keys(pairs).length;
}

type Formed = string | number | boolean | readonly string[];
type Form = string | readonly Form[] | undefined;

/** The form of a text: where it has wildcards, variables, and letters of one case or both; its words do not count. */
function formOf(value: Formed | undefined): Form {
  if (value === undefined) return undefined;
  if (typeof value === 'object') return value.map(formOf);
  if (typeof value !== 'string') return typeof value;
  return value.replaceAll(/\$\{([^}]*)\}/g, '$$($1)').replaceAll(/[a-z0-9-]+/gi, wordForm);
}

function wordForm(word: string): string {
  if (/^\d+$/.test(word)) return '0';
  if (word === 'true' || word === 'false') return word;
  return word === word.toLowerCase() ? 'a' : word === word.toUpperCase() ? 'A' : 'Aa';
}
