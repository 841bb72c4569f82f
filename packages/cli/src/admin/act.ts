import { Secret } from '@keyhaven/crypto';
import { z } from 'zod';

/** One thing that an administrator can ask of the service: `POST /admin/<name>` with the request as JSON. */
export interface Act<Request extends z.ZodType = z.ZodType, Result extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly request: Request;
  /** Members that this version does not know are passed over, so that a newer service can say more. */
  readonly result: Result;
}

/** An act with its types inferred. */
export function defineAct<Request extends z.ZodType, Result extends z.ZodType>(
  name: string,
  request: Request,
  result: Result,
): Act<Request, Result> {
  return { name, request, result };
}

/** The request of an act without parameters: `{}`. */
export const nothing = z.strictObject({});

/** Bytes that must not be seen, in a request. On the wire they are Base64 text. */
export const secretBytes = z.custom<Secret>((value) => value instanceof Secret);

/** Text that must not be seen, in a result. On the wire it is the text itself. */
export const secretText = z
  .string()
  .min(1)
  .max(64 * 1024)
  .transform((text) => Secret.take(Buffer.from(text, 'utf8')));

/** The text of a secret that is handed out to the user now: the one place where one leaves for good. */
export function revealText(secret: Secret): string {
  return secret.use((bytes) => bytes.toString('utf8'));
}

export const accountId = z.string().regex(/^\d{12}$/);
export const accessKeyId = z.string().regex(/^\w{4,128}$/);
/** A service control policy or a resource control policy. */
export const controlPolicyType = z.enum(['service', 'resource']);
export const controlPolicyName = z.string().regex(/^[\w+=,.@-]{1,128}$/);
/** A time as RFC 3339 in UTC, such as 2030-01-31T12:00:00.000Z. */
export const instant = z.iso.datetime();
export const count = z.int().nonnegative();

/** How far a seal of shares is opened. */
export const shareProgress = z.object({ entered: count, needed: count });

/** Which seal to change to, or to begin with. */
export const newSeal = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file') }),
  z.strictObject({ kind: z.literal('passphrase'), passphrase: secretBytes }),
  z.strictObject({ kind: z.literal('shamir'), shares: count, threshold: count }),
  z.strictObject({
    kind: z.literal('kms'),
    keyId: z.string(),
    region: z.string(),
    endpoint: z.string().optional(),
    /** An absolute path on the machine of the service. */
    caFile: z.string().optional(),
  }),
]);
