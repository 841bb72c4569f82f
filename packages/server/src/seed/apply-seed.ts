import { renderServiceEvent } from '../audit/record.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { rootPrincipal } from '../authentication/index.ts';
import { checkKeyPolicy, rootKeepsControl } from '../authorization/check-key-policy.ts';
import { readIamArn } from '../identities/identifiers.ts';
import { keyArn } from '../keys/key-arn.ts';
import { CommitConflict } from '../storage/unit-of-work.ts';
import { type AccountPlan, planAccount } from './plan-account.ts';
import { PlannedPrincipals } from './planned-principals.ts';
import { planRegion, type RegionParts } from './plan-region.ts';
import { type ResolvedIdentities, resolveIdentities } from './resolve-identities.ts';
import type { Seed, SeedAccount, SeedRegion } from './seed.ts';
import { seedGrantRow } from './seed-grants.ts';
import { seedRefusal } from './seed-document.ts';
import { awsRuleBrokenIn } from './seed-values.ts';

/** What a seed is applied through: the same parts that requests and jobs change things with. */
export interface SeedParts extends RegionParts {
  readonly accounts: Accounts;
}

/** A region is planned again when a job changed it meanwhile. */
const mostAttempts = 5;

/**
 * Makes what the seed asks for and what does not exist; what exists is left as it is, and what was destroyed is not
 * brought back. Everything that can be refused is checked first (StartRefusal); then each account, and each account
 * and Region, is one unit of work with its audit record. Zeroises the seed's secrets: apply it once.
 */
export async function applySeed(seed: Seed, parts: SeedParts): Promise<void> {
  try {
    const plans = await planAccounts(seed, parts);
    for (const plan of plans) await commitAccount(plan, parts);
    await parts.accounts.load();
    const notBroughtBack: string[] = [];
    for (const { accountId, regions } of seed.accounts) {
      for (const region of regions) notBroughtBack.push(...(await applyRegion(accountId, region, parts)));
    }
    reportNotBroughtBack(notBroughtBack, seed.path, parts);
  } finally {
    disposeSecrets(seed);
  }
}

/** What all accounts lack: a policy may name principals of any of them, and of none that will not be there. */
async function planAccounts(seed: Seed, parts: SeedParts): Promise<readonly AccountPlan[]> {
  const { accounts, storage, clock } = parts;
  const principals = new PlannedPrincipals(accounts, parts.identities);
  const resolved: { readonly account: SeedAccount; readonly identities: ResolvedIdentities }[] = [];
  for (const account of seed.accounts) {
    const identities = await resolveIdentities(account.accountId, account.identities, storage);
    principals.add(account.accountId, identities);
    resolved.push({ account, identities });
  }
  await checkPolicies(seed, principals);
  await checkGrants(seed, principals);
  const plans: AccountPlan[] = [];
  for (const { account, identities } of resolved) {
    const planParts = { path: seed.path, accounts, storage, principals, now: clock.now() };
    plans.push(await planAccount(account, identities, planParts));
  }
  return plans;
}

/** Under each policy the account's root must still be able to change it, as CreateKey demands of its caller. */
async function checkPolicies(seed: Seed, known: PlannedPrincipals): Promise<void> {
  for (const { accountId, regions } of seed.accounts) {
    for (const { region, keys } of regions) {
      for (const { keyId, policy } of keys) {
        if (policy === undefined) continue;
        const lockout = rootKeepsControl(rootPrincipal(accountId), keyArn(accountId, region, keyId));
        const broken = await awsRuleBrokenIn(async () => checkKeyPolicy(policy.text, known, lockout));
        if (broken !== undefined)
          throw seedRefusal(seed.path, policy.line, `the key policy is refused: ${broken}`);
      }
    }
  }
}

/** Each grant must be one that CreateGrant would make. */
async function checkGrants(seed: Seed, known: PlannedPrincipals): Promise<void> {
  for (const { accountId, regions } of seed.accounts) {
    for (const { region, keys } of regions) {
      for (const { keyId, spec, grants } of keys) {
        for (const [position, grant] of grants.entries()) {
          const key = { accountId, region, keyId, spec };
          const broken = await awsRuleBrokenIn(async () => seedGrantRow(grant, key, position, known, 0));
          if (broken !== undefined)
            throw seedRefusal(seed.path, grant.line, `the grant is refused: ${broken}`);
        }
      }
    }
  }
}

async function commitAccount(plan: AccountPlan, { committer, clock }: SeedParts): Promise<void> {
  const { accountId, accessKeyIds, madeArns, changes } = plan;
  if (changes.length === 0) return;
  const { eventName, eventSource } = eventOf(plan);
  const event = renderServiceEvent(eventName, clock.now(), {
    eventSource,
    accountId,
    ...(madeArns.length === 0 ? {} : { resources: madeArns }),
    additionalEventData: { cause: 'seed file', accessKeyIds },
  });
  await committer.commitService({ head: undefined, expect: [], changes }, event);
}

/** What the one record of an account is called: after the greatest of what was made; `resources` has all of it. */
function eventOf({ isNew, accessKeyIds, madeArns: [arn] }: AccountPlan) {
  if (isNew) return { eventName: 'CreateAccount', eventSource: organizations };
  const made = arn === undefined ? undefined : readIamArn(arn)?.kind;
  if (made !== undefined) return { eventName: createEvents[made], eventSource: iam };
  if (accessKeyIds.length > 0) return { eventName: 'CreateAccessKey', eventSource: iam };
  return { eventName: 'CreatePolicy', eventSource: organizations };
}

const organizations = 'organizations.amazonaws.com';
const iam = 'iam.amazonaws.com';
const createEvents = { user: 'CreateUser', role: 'CreateRole', group: 'CreateGroup', policy: 'CreatePolicy' };

/** Answers the ARNs of the keys that were destroyed and stay so. */
async function applyRegion(
  accountId: string,
  given: SeedRegion,
  parts: SeedParts,
): Promise<readonly string[]> {
  for (let attempt = 1; ; attempt++) {
    const plan = await planRegion(accountId, given, parts);
    if (plan.changes.length === 0) return plan.destroyedArns;
    const { expect, changes, madeArns, aliases } = plan;
    const event = renderServiceEvent(madeArns.length > 0 ? 'CreateKey' : 'CreateAlias', parts.clock.now(), {
      awsRegion: given.region,
      accountId,
      resources: madeArns.length > 0 ? madeArns : aliases,
      additionalEventData: { cause: 'seed file', aliases },
    });
    try {
      await parts.committer.commitService(
        { head: { accountId, region: given.region }, expect, changes },
        event,
      );
      return plan.destroyedArns;
    } catch (error) {
      if (!(error instanceof CommitConflict) || attempt === mostAttempts) throw error;
    }
  }
}

function reportNotBroughtBack(arns: readonly string[], path: string, { alarm }: SeedParts): void {
  if (arns.length === 0) return;
  const keys = arns.slice(0, 10).join(' ');
  alarm.raise('seed names destroyed keys', {
    file: path,
    count: arns.length,
    keys,
    effect: 'not brought back',
  });
}

function disposeSecrets(seed: Seed): void {
  for (const { rootAccessKeys, identities, regions } of seed.accounts) {
    const { users, services } = identities;
    const holders = [...users, ...services].map(({ accessKeys }) => accessKeys);
    for (const { secretAccessKey } of [rootAccessKeys, ...holders].flat()) secretAccessKey.dispose();
    for (const { keys } of regions)
      for (const { materials } of keys) for (const material of materials) material.dispose();
  }
}
