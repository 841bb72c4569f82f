import { Secret } from '@keyhaven/crypto';
import { countedCharacters, documentFault, mostDocumentCharacters } from '../identities/document-rules.ts';
import { iamArn, nameKeyOf } from '../identities/identifiers.ts';
import type { AccessKeyFields, IdentityFields } from './identity-fields.ts';
import { readSeedTags, refuseRepeated } from './seed-rules.ts';
import type { SeedDocument, SeedPath } from './seed-document.ts';
import type { SeedControlPolicy, SeedGroup, SeedIdentities, SeedRole, SeedUser } from './seed-identities.ts';
import type { SeedAccessKey } from './seed.ts';

type DocumentValue = string | Readonly<Record<string, unknown>>;
type UserFields = NonNullable<IdentityFields['users']>[number];
type RoleFields = NonNullable<IdentityFields['roles']>[number];

/** AttachUserPolicy's, AttachRolePolicy's and AttachGroupPolicy's limit ("IAM and AWS STS quotas"). */
const mostAttached = 10;

const defaultSessionSeconds = 3600;

/** Reads one account's principals and policies, each checked by itself and against those it refers to. Throws StartRefusal. */
export function readIdentities(
  document: SeedDocument,
  accountId: string,
  given: IdentityFields,
  at: SeedPath,
): SeedIdentities {
  return new IdentityReader(document, accountId, given, at).read();
}

class IdentityReader {
  readonly #document: SeedDocument;
  readonly #given: IdentityFields;
  readonly #at: SeedPath;
  /** The names of the account's policies in lower case, by what they can be referred to by. */
  readonly #policyKeys = new Map<string, string>();
  readonly #groupKeys = new Set<string>();

  constructor(document: SeedDocument, accountId: string, given: IdentityFields, at: SeedPath) {
    this.#document = document;
    this.#given = given;
    this.#at = at;
    for (const { name, path = '/' } of given.policies ?? []) {
      this.#policyKeys.set(nameKeyOf(name), nameKeyOf(name));
      this.#policyKeys.set(iamArn('policy', accountId, path, name), nameKeyOf(name));
    }
    for (const { name } of given.groups ?? []) this.#groupKeys.add(nameKeyOf(name));
  }

  read(): SeedIdentities {
    const {
      policies = [],
      groups = [],
      users = [],
      roles = [],
      controlPolicies,
      services = [],
    } = this.#given;
    for (const list of ['policies', 'groups', 'users', 'roles', 'services'] as const) {
      const named = (this.#given[list] ?? []).map(({ name }, index) => ({
        name: nameKeyOf(name),
        at: [...this.#at, list, index, 'name'],
      }));
      refuseRepeated(this.#document, named);
    }
    return {
      policies: policies.map(({ name, path = '/', description = '', document }, index) => {
        const at = [...this.#at, 'policies', index, 'document'];
        const text = this.#readDocument(document, 'identity', at);
        this.#refuseLong(countedCharacters(text), mostDocumentCharacters.managed, at);
        return { name, path, description, document: text };
      }),
      groups: groups.map((group, index) => this.#readGroup(group, [...this.#at, 'groups', index])),
      users: users.map((user, index) => this.#readUser(user, [...this.#at, 'users', index])),
      roles: roles.map((role, index) => this.#readRole(role, [...this.#at, 'roles', index])),
      controlPolicies: [
        ...this.#readControls('service', controlPolicies?.service ?? {}),
        ...this.#readControls('resource', controlPolicies?.resource ?? {}),
      ],
      services: services.map(({ name, accessKeys = [] }, index) => ({
        name,
        accessKeys: this.#readAccessKeys(accessKeys, [...this.#at, 'services', index, 'accessKeys']),
      })),
    };
  }

  #readGroup(group: NonNullable<IdentityFields['groups']>[number], at: SeedPath): SeedGroup {
    return {
      name: group.name,
      path: group.path ?? '/',
      ...this.#readPolicies(group, mostDocumentCharacters.groupInline, at),
    };
  }

  #readUser(user: UserFields, at: SeedPath): SeedUser {
    const { name, path = '/', groups = [], boundary, tags = {}, accessKeys = [] } = user;
    const groupKeys = groups.map((group, index) => {
      const key = nameKeyOf(group);
      if (!this.#groupKeys.has(key))
        throw this.#document.refusal([...at, 'groups', index], 'names no group of this account in this file');
      return key;
    });
    refuseRepeated(
      this.#document,
      groupKeys.map((key, index) => ({ name: key, at: [...at, 'groups', index] })),
    );
    return {
      name,
      path,
      groupKeys,
      ...this.#readPolicies(user, mostDocumentCharacters.userInline, at),
      boundaryKey: this.#readBoundary(boundary, at),
      tags: readSeedTags(this.#document, tags, [...at, 'tags'], 'case-insensitive'),
      accessKeys: this.#readAccessKeys(accessKeys, [...at, 'accessKeys']),
    };
  }

  #readRole(role: RoleFields, at: SeedPath): SeedRole {
    const { name, path = '/', description = '', trustPolicy, boundary, tags = {} } = role;
    const trustAt = [...at, 'trustPolicy'];
    const text = this.#readDocument(trustPolicy, 'trust', trustAt);
    this.#refuseLong(countedCharacters(text), mostDocumentCharacters.trust, trustAt);
    return {
      name,
      path,
      description,
      trustPolicy: { text, line: this.#document.lineOf(trustAt) },
      ...this.#readPolicies(role, mostDocumentCharacters.roleInline, at),
      boundaryKey: this.#readBoundary(boundary, at),
      tags: readSeedTags(this.#document, tags, [...at, 'tags'], 'case-insensitive'),
      maxSessionSeconds: role.maxSessionSeconds ?? defaultSessionSeconds,
    };
  }

  #readControls(
    kind: 'service' | 'resource',
    given: Readonly<Record<string, DocumentValue>>,
  ): SeedControlPolicy[] {
    return Object.entries(given).map(([name, value]) => {
      const at = [...this.#at, 'controlPolicies', kind, name];
      const document = this.#readDocument(value, 'control', at);
      this.#refuseLong(document.length, mostDocumentCharacters.control, at);
      return { kind, name, document };
    });
  }

  #readPolicies(
    {
      policies = [],
      inlinePolicies = {},
    }: {
      readonly policies?: readonly string[] | undefined;
      readonly inlinePolicies?: Readonly<Record<string, DocumentValue>> | undefined;
    },
    mostInline: number,
    at: SeedPath,
  ): { readonly policyKeys: readonly string[]; readonly inlinePolicies: ReadonlyMap<string, string> } {
    const policyKeys = policies.map((one, index) => this.#policyKeyOf(one, [...at, 'policies', index]));
    refuseRepeated(
      this.#document,
      policyKeys.map((key, index) => ({ name: key, at: [...at, 'policies', index] })),
    );
    if (policyKeys.length > mostAttached)
      throw this.#document.refusal([...at, 'policies'], `must be at most ${mostAttached}`);
    const inlineAt = [...at, 'inlinePolicies'];
    const inline = new Map(
      Object.entries(inlinePolicies).map(([name, value]): [string, string] => [
        name,
        this.#readDocument(value, 'identity', [...inlineAt, name]),
      ]),
    );
    const total = [...inline.values()].reduce((sum, text) => sum + countedCharacters(text), 0);
    this.#refuseLong(total, mostInline, inlineAt);
    return { policyKeys, inlinePolicies: inline };
  }

  #readBoundary(boundary: string | undefined, at: SeedPath): string | undefined {
    return boundary === undefined ? undefined : this.#policyKeyOf(boundary, [...at, 'boundary']);
  }

  #policyKeyOf(reference: string, at: SeedPath): string {
    const key = this.#policyKeys.get(reference.startsWith('arn:') ? reference : nameKeyOf(reference));
    if (key === undefined) throw this.#document.refusal(at, 'names no policy of this account in this file');
    return key;
  }

  #readDocument(value: DocumentValue, kind: 'identity' | 'control' | 'trust', at: SeedPath): string {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    const fault = documentFault(text, kind);
    if (fault !== undefined) throw this.#document.refusal(at, `is refused: ${fault.replace(/\.$/, '')}`);
    return text;
  }

  #refuseLong(characters: number, most: number, at: SeedPath): void {
    if (characters > most)
      throw this.#document.refusal(at, `has more than ${most.toLocaleString('en')} characters of policy`);
  }

  #readAccessKeys(given: readonly AccessKeyFields[], at: SeedPath): readonly SeedAccessKey[] {
    return given.map(({ accessKeyId, secretAccessKey, status = 'Active' }, index) => ({
      accessKeyId,
      secretAccessKey: Secret.take(Buffer.from(secretAccessKey, 'utf8')),
      status,
      line: this.#document.lineOf([...at, index]),
    }));
  }
}
