import { z } from 'zod';

/** Base64 in its one spelling, of a number of bytes within bounds. */
export function base64Of({ min, max }: { readonly min: number; readonly max: number }): z.ZodString {
  return z
    .string()
    .max(Math.ceil(max / 3) * 4)
    .refine((text) => {
      const bytes = Buffer.from(text, 'base64');
      return bytes.length >= min && bytes.length <= max && bytes.toString('base64') === text;
    });
}
