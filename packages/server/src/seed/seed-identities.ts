import type { SeedAccessKey } from './seed.ts';

/** The principals and policies of one account in a seed file. Policies and groups are named in lower case where they are referred to. */
export interface SeedIdentities {
  readonly policies: readonly SeedManagedPolicy[];
  readonly groups: readonly SeedGroup[];
  readonly users: readonly SeedUser[];
  readonly roles: readonly SeedRole[];
  readonly controlPolicies: readonly SeedControlPolicy[];
  readonly services: readonly SeedService[];
}

export const noIdentities: SeedIdentities = {
  policies: [],
  groups: [],
  users: [],
  roles: [],
  controlPolicies: [],
  services: [],
};

interface Named {
  readonly name: string;
  readonly path: string;
}

export interface SeedManagedPolicy extends Named {
  readonly description: string;
  readonly document: string;
}

/** What can have policies. */
interface SeedOwner extends Named {
  readonly policyKeys: readonly string[];
  /** By name. */
  readonly inlinePolicies: ReadonlyMap<string, string>;
}

export type SeedGroup = SeedOwner;

export interface SeedUser extends SeedOwner {
  readonly groupKeys: readonly string[];
  readonly boundaryKey: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly accessKeys: readonly SeedAccessKey[];
}

export interface SeedRole extends SeedOwner {
  readonly description: string;
  readonly trustPolicy: { readonly text: string; readonly line: number };
  readonly boundaryKey: string | undefined;
  readonly tags: ReadonlyMap<string, string>;
  readonly maxSessionSeconds: number;
}

export interface SeedControlPolicy {
  readonly kind: 'service' | 'resource';
  readonly name: string;
  readonly document: string;
}

export interface SeedService {
  readonly name: string;
  readonly accessKeys: readonly SeedAccessKey[];
}
