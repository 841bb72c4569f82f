import { AwsError } from '@keyhaven/api-model';
import { z } from 'zod';
import { assertAliasNameIsTheirs } from '../keys/alias-name.ts';

// The values that a seed file is made of. Every message is a clause that follows the name of the field, and none
// shows the value: it may be a secret that stands in the wrong place.

/** Text; YAML reads unquoted digits as a number, which the rule then explains. */
export function text(rule = 'must be text'): z.ZodString {
  return z.string({
    error: ({ input }) => {
      if (input === undefined) return 'is missing';
      return typeof input === 'number' ? 'must be quoted: YAML reads it as a number' : rule;
    },
  });
}

export function listOf<T extends z.ZodType>(item: T): z.ZodArray<T> {
  return z.array(item, { error: missingOr('must be a list') });
}

/** The `error` of a field that must be there. */
export function missingOr(rule: string): (issue: { readonly input?: unknown }) => string {
  return ({ input }) => (input === undefined ? 'is missing' : rule);
}

export const accountId = z
  .string({
    error: ({ input }) => {
      if (input === undefined) return 'is missing';
      return typeof input === 'number'
        ? 'must be in quotes: quote account ids, or YAML reads them as numbers'
        : 'must be 12 digits in quotes';
    },
  })
  .regex(/^\d{12}$/, { error: 'must be 12 digits' });

/** As in IAM's `CreateAccessKey`, without its lower bound of 16, so that `test` is one. */
export const accessKeyId = text().regex(/^\w{4,128}$/, {
  error: 'must be 4 to 128 letters, digits or underscores',
});

export const secretAccessKey = text()
  .min(1, { error: 'must not be empty' })
  .refine((secret) => secret.isWellFormed(), { error: 'must be well-formed Unicode' });

/** The pattern of the Region in a request's credential scope. */
export const regionName = z
  .string()
  .max(32, { error: 'is longer than the name of a Region' })
  .regex(/^([a-z]+-){2,3}\d+$/, { error: 'is not the name of a Region such as eu-west-2' });

export const keyId = text().regex(/^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/, {
  error: 'must be a UUID in lower case',
});

/** CreateKey's `Description`. */
export const description = text().max(8192, { error: 'must be at most 8,192 characters' });

/** 256 bits of key material in hexadecimal, as `openssl rand -hex 32` prints them. */
export const material = text()
  .regex(/^[0-9a-fA-F]{64}$/, { error: 'must be 64 hexadecimal digits (32 bytes)' })
  .refine((hex) => !/^0+$/.test(hex), { error: 'must not be all zeros' });

/** CreateAlias's `AliasName`. */
export const aliasName = text().refine(
  (name) =>
    /^[a-zA-Z0-9:/_-]{1,256}$/.test(name) &&
    awsRuleBrokenBy(() => assertAliasNameIsTheirs(name)) === undefined,
  {
    error:
      'must be alias/ and up to 250 letters, digits, slashes, underscores and hyphens, and must not begin with alias/aws/',
  },
);

/** What the AWS error says that a check throws; undefined if it passes. */
export function awsRuleBrokenBy(check: () => unknown): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

/** The same of a check that asks the store. */
export async function awsRuleBrokenIn(check: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return textOf(error);
  }
}

function textOf(error: unknown): string {
  if (!(error instanceof AwsError)) throw error;
  return error.text ?? error.code;
}
