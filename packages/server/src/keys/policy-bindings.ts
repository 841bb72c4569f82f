import { z } from 'zod';

/**
 * The unique ids of the users and roles that a key policy names, by their ARNs. A principal of the same name that is made
 * later has another id, and inherits nothing ("Key policies in AWS KMS", KMS Developer Guide).
 */
export type Bindings = ReadonlyMap<string, string>;

const none: Bindings = new Map();

const bindingsSchema = z.record(z.string(), z.string());

/** What is stored beside a policy; null: it names no user and no role. */
export function readBindings(stored: string | null): Bindings {
  return stored === null ? none : new Map(Object.entries(bindingsSchema.parse(JSON.parse(stored))));
}

/** In the order of the names, so that policies that say the same are stored alike. */
export function writeBindings(bindings: Bindings): string | null {
  if (bindings.size === 0) return null;
  const pairs = [...bindings].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(pairs));
}

/** A policy that names neither users nor roles, such as the default one. */
export function unbound(document: string): { readonly document: string; readonly bindings: null } {
  return { document, bindings: null };
}
