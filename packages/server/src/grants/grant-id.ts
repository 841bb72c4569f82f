import { invalidGrantId } from '@keyhaven/api-model';

/** A grant's id is 64 hexadecimal digits in lower case; anything else is an InvalidGrantIdException, which is our choice. */
export function assertGrantId(grantId: string): void {
  if (!/^[0-9a-f]{64}$/.test(grantId)) throw invalidGrantId();
}
