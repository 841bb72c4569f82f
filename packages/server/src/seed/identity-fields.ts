import { z } from 'zod';
import { isServiceName } from '../identities/identifiers.ts';
import { accessKeyId, listOf, missingOr, secretAccessKey, text } from './seed-values.ts';

// The fields of principals and policies in a seed file; lengths and characters are those of IAM (IAM User Guide, "IAM and AWS
// STS quotas" and the pages of CreateUser, CreateRole, CreateGroup and CreatePolicy).

const fields = missingOr('must have fields');

const iamName = (most: number) =>
  text().regex(new RegExp(`^[\\w+=,.@-]{1,${most}}$`), {
    error: `must be 1 to ${most} letters, digits and characters of _+=,.@-`,
  });

const path = text().regex(/^\/(?:[\x21-\x7e]{1,510}\/)?$/, {
  error: 'must begin and end with a slash and have at most 512 printable characters',
});

const description = text().max(1000, { error: 'must be at most 1,000 characters' });

/** A policy as a mapping, or as JSON text. */
export const documentValue = z.union([z.string(), z.record(z.string(), z.unknown())], {
  error: missingOr('must be a mapping or a JSON string'),
});

const policyName = iamName(128);

export const namedDocuments = z.record(policyName, documentValue, {
  error: 'must be a mapping of policy names to policies',
});

/** Names of policies of the same account, or their ARNs. */
const policyReferences = listOf(text());

export const tagFields = z.record(text(), text(), { error: 'must be a mapping of tag keys to values' });

const accessKeyFields = z.strictObject(
  {
    accessKeyId,
    secretAccessKey,
    status: z.enum(['Active', 'Inactive'], { error: 'must be Active or Inactive' }).optional(),
  },
  { error: fields },
);

export const policyFields = z.strictObject(
  {
    name: policyName,
    path: path.optional(),
    description: description.optional(),
    document: documentValue,
  },
  { error: fields },
);

export const groupFields = z.strictObject(
  {
    name: iamName(128),
    path: path.optional(),
    policies: policyReferences.optional(),
    inlinePolicies: namedDocuments.optional(),
  },
  { error: fields },
);

export const userFields = z.strictObject(
  {
    name: iamName(64),
    path: path.optional(),
    groups: listOf(text()).max(10, { error: 'must be at most 10' }).optional(),
    policies: policyReferences.optional(),
    inlinePolicies: namedDocuments.optional(),
    boundary: text().optional(),
    tags: tagFields.optional(),
    accessKeys: listOf(accessKeyFields).max(2, { error: 'must be at most 2' }).optional(),
  },
  { error: fields },
);

export const roleFields = z.strictObject(
  {
    name: iamName(64),
    path: path.optional(),
    description: description.optional(),
    trustPolicy: documentValue,
    policies: policyReferences.optional(),
    inlinePolicies: namedDocuments.optional(),
    boundary: text().optional(),
    tags: tagFields.optional(),
    maxSessionSeconds: z
      .int({ error: 'must be a whole number of seconds' })
      .min(3600, { error: 'must be at least 3600' })
      .max(43_200, { error: 'must be at most 43200' })
      .optional(),
  },
  { error: fields },
);

export const serviceFields = z.strictObject(
  {
    name: text().refine(isServiceName, { error: 'is not the name of a service such as s3.amazonaws.com' }),
    accessKeys: listOf(accessKeyFields).optional(),
  },
  { error: fields },
);

export const identityFields = {
  policies: listOf(policyFields).optional(),
  groups: listOf(groupFields).optional(),
  users: listOf(userFields).optional(),
  roles: listOf(roleFields).optional(),
  controlPolicies: z
    .strictObject(
      { service: namedDocuments.optional(), resource: namedDocuments.optional() },
      { error: fields },
    )
    .optional(),
  services: listOf(serviceFields).optional(),
};

export type IdentityFields = z.infer<z.ZodObject<typeof identityFields>>;
export type AccessKeyFields = z.infer<typeof accessKeyFields>;
