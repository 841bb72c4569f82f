import type { CompiledPolicy } from '@keyhaven/policy';
import type { Maybe } from '../maybe.ts';
import type { ExpectedVersion } from '../storage/unit-of-work.ts';
import type { Tags } from './tags.ts';

/** A role as whoever assumes it sees it. */
export interface Role {
  readonly accountId: string;
  readonly roleId: string;
  readonly roleName: string;
  readonly path: string;
  readonly arn: string;
  /** The users and roles that it names are bound to their unique ids. */
  readonly trust: CompiledPolicy;
  readonly maxSessionSeconds: number;
  readonly tags: Tags;
  readonly expect: ExpectedVersion;
}

/** What a session's role says of its sessions. */
export interface RoleStanding {
  /** Sessions that were made before are refused; 0: none is. Epoch milliseconds. */
  readonly revokedBefore: number;
}

/** What sessions ask about roles. */
export interface Roles {
  /** The role that has exactly this ARN, from the store. */
  find(arn: string): Maybe<Role | undefined>;
  /** By its unique id, as of the latest commit; undefined once the role is gone. */
  standingOf(accountId: string, roleId: string): Maybe<RoleStanding | undefined>;
  /** The document of the managed policy's default version, from the store. */
  findManagedPolicy(arn: string): Maybe<string | undefined>;
}
