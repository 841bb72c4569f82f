/** A value that is there already, or a promise of it: the hot path pays for a promise only on a cache miss. */
export type Maybe<T> = T | Promise<T>;

/** Does the next step now where the value is there already, else when it comes. */
export function andThen<T, U>(value: Maybe<T>, next: (value: T) => Maybe<U>): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
