import type { PolicyVersion } from '../document.ts';
import { compileGlobPattern, matchesGlob } from '../glob/glob.ts';
import type { GlobPattern } from '../glob/glob-pattern.ts';
import { parseTemplate, resolveTemplate, type Template } from '../variables/template.ts';
import type { Matches, Operator, WantedValue } from './operator.ts';

/** What a text of the policy matches once its variables have their values. */
type CompilePattern = (pattern: GlobPattern) => Matches;

/** An operator whose values may have variables: those of strings and of ARNs. */
export function textOperator(compilePattern: CompilePattern, isNegated: boolean): Operator {
  const compile = (wanted: string, version: PolicyVersion): WantedValue => {
    const template = parseTemplate(wanted, version);
    return template.kind === 'fixed'
      ? compilePattern(template.pattern)
      : variableValue(template, compilePattern);
  };
  return { isNegated, compile };
}

function variableValue(template: Template, compilePattern: CompilePattern): WantedValue {
  return {
    resolve(request) {
      const pattern = resolveTemplate(template, request);
      return pattern === undefined ? undefined : compilePattern(pattern);
    },
  };
}

const equals: CompilePattern =
  ({ text }) =>
  (value) =>
    value === text;

const equalsIgnoringCase: CompilePattern = ({ text }) => {
  const lowerCase = text.toLowerCase();
  return (value) => value.toLowerCase() === lowerCase;
};

const like: CompilePattern = (pattern) => {
  const glob = compileGlobPattern(pattern);
  return (value) => matchesGlob(glob, value);
};

/** "String condition operators", IAM User Guide. */
export const stringOperators: readonly (readonly [string, Operator])[] = [
  ['StringEquals', textOperator(equals, false)],
  ['StringNotEquals', textOperator(equals, true)],
  ['StringEqualsIgnoreCase', textOperator(equalsIgnoringCase, false)],
  ['StringNotEqualsIgnoreCase', textOperator(equalsIgnoringCase, true)],
  ['StringLike', textOperator(like, false)],
  ['StringNotLike', textOperator(like, true)],
];
