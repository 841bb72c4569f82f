import type { Operation, Outcome } from './operation.ts';

const membersOf = new WeakMap<Operation, readonly string[]>();

/** The members of the reply that hold secret bytes: AWS's model calls these blobs sensitive. */
function sensitiveBlobs(operation: Operation): readonly string[] {
  let members = membersOf.get(operation);
  if (members === undefined) {
    members = Object.entries(operation.output ?? {})
      .filter(([, shape]) => shape.kind === 'blob' && shape.sensitive)
      .map(([name]) => name);
    membersOf.set(operation, members);
  }
  return members;
}

/** Zeroises the plaintexts, data keys and shared secrets of an outcome that is answered, or that nobody gets. */
export function zeroiseOutput(operation: Operation, { output }: Outcome): void {
  if (output === undefined) return;
  const values: Readonly<Record<string, unknown>> = output;
  for (const name of sensitiveBlobs(operation)) {
    const bytes = values[name];
    if (bytes instanceof Uint8Array) bytes.fill(0);
  }
}
