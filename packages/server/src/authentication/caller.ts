import type { Principal } from './principal.ts';

/** Who makes this request, from where it may be made, and with which access key. */
export interface Caller {
  readonly principal: Principal;
  readonly accountId: string;
  readonly accessKeyId: string;
  /** The Region that the signature is for: it is the endpoint's Region. */
  readonly region: string;
}
