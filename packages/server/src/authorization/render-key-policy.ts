import { formatPolicy } from '@keyhaven/policy';
import type { Identities } from '../identities/port.ts';
import { readBindings } from '../keys/policy-bindings.ts';
import type { StoredPolicy } from '../keys/policy-interner.ts';
import { andThen, type Maybe } from '../maybe.ts';
import { idOf } from './bind-principals.ts';

/** A stored policy as it is shown: whoever was deleted stands there by its unique id, also where another has its name now. */
export function renderKeyPolicy(
  { document, bindings }: StoredPolicy,
  identities: Pick<Identities, 'find'>,
): Maybe<string> {
  if (bindings === null) return document;
  const gone = [...readBindings(bindings)].reduce<Maybe<Map<string, string>>>(
    (before, [arn, id]) =>
      andThen(before, (renamed) =>
        andThen(identities.find(arn), (found) =>
          found !== undefined && idOf(found, arn) === id ? renamed : renamed.set(arn, id),
        ),
      ),
    new Map<string, string>(),
  );
  return andThen(gone, (renamed) => (renamed.size === 0 ? document : formatPolicy(document, renamed)));
}
