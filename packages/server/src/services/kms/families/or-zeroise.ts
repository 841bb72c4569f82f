import type { Maybe } from '../../../maybe.ts';

/** What `work` answers; where it fails instead, now or later, nobody will get the secret, and it is zeroised. */
export function orZeroise<T>(secret: Buffer, work: () => Maybe<T>): Maybe<T> {
  const zeroise = (error: unknown): never => {
    secret.fill(0);
    throw error;
  };
  try {
    const result = work();
    return result instanceof Promise ? result.catch(zeroise) : result;
  } catch (error) {
    return zeroise(error);
  }
}
