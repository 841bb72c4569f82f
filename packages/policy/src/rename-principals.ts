import { isJsonArray, isJsonObject, type JsonObject, type JsonValue } from './json/json-value.ts';

/** The policy with other names for its principals: those under Statement, Principal or NotPrincipal, AWS, and nothing else. */
export function renamePrincipals(policy: JsonValue, rename: ReadonlyMap<string, string>): JsonValue {
  const renameText = (name: JsonValue) => (typeof name === 'string' ? (rename.get(name) ?? name) : name);
  const renameNames = (names: JsonValue) => forEachItem(names, renameText);
  const renameElement = (element: JsonValue) => changeMembers(element, ['AWS'], renameNames);
  const renameStatement = (statement: JsonValue) =>
    changeMembers(statement, ['Principal', 'NotPrincipal'], renameElement);
  return changeMembers(policy, ['Statement'], (statements) => forEachItem(statements, renameStatement));
}

type Change = (value: JsonValue) => JsonValue;

/** One value stands for an array of one. */
function forEachItem(value: JsonValue, change: Change): JsonValue {
  return isJsonArray(value) ? value.map(change) : change(value);
}

function changeMembers(value: JsonValue, names: readonly string[], change: Change): JsonValue {
  if (!isJsonObject(value)) return value;
  const changed: JsonObject = new Map(
    [...value].map(([name, member]) => [name, names.includes(name) ? change(member) : member]),
  );
  return changed;
}
