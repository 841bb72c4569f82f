import { renderServiceEvent } from '../audit/record.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { rootPrincipal } from '../authentication/index.ts';
import { checkKeyPolicy } from '../authorization/check-key-policy.ts';
import { keyArn } from '../keys/key-arn.ts';
import { CommitConflict } from '../storage/unit-of-work.ts';
import { select } from '../storage/query.ts';
import { accessKeyTable } from '../storage/tables.ts';
import type { Change } from '../storage/unit-of-work.ts';
import { planRegion, type RegionParts } from './plan-region.ts';
import type { Seed, SeedAccount, SeedRegion } from './seed.ts';
import { seedRefusal } from './seed-document.ts';
import { awsRuleBrokenBy } from './seed-values.ts';

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
    checkPolicies(seed, parts.accounts);
    const plans: AccountPlan[] = [];
    for (const account of seed.accounts) plans.push(await planAccount(seed.path, account, parts));
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

/** Under each policy the account's root must still be able to change it, as CreateKey demands of its caller. */
function checkPolicies(seed: Seed, accounts: Accounts): void {
  const seeded = new Set(seed.accounts.map(({ accountId }) => accountId));
  const known = { exists: (accountId: string) => seeded.has(accountId) || accounts.exists(accountId) };
  for (const { accountId, regions } of seed.accounts) {
    for (const { region, keys } of regions) {
      for (const { keyId, policy } of keys) {
        if (policy === undefined) continue;
        const lockout = { caller: rootPrincipal(accountId), keyArn: keyArn(accountId, region, keyId) };
        const broken = awsRuleBrokenBy(() => checkKeyPolicy(policy.text, known, lockout));
        if (broken !== undefined)
          throw seedRefusal(seed.path, policy.line, `the key policy is refused: ${broken}`);
      }
    }
  }
}

interface AccountPlan {
  readonly accountId: string;
  readonly isNew: boolean;
  readonly accessKeyIds: readonly string[];
  readonly changes: readonly Change[];
}

async function planAccount(path: string, account: SeedAccount, parts: SeedParts): Promise<AccountPlan> {
  const { accounts, clock } = parts;
  const { accountId } = account;
  const now = clock.now();
  const isNew = !accounts.exists(accountId);
  const changes: Change[] = isNew ? [accounts.accountChange(accountId, now)] : [];
  const accessKeyIds: string[] = [];
  for (const { accessKeyId, secretAccessKey, line } of account.rootAccessKeys) {
    // Not through `Accounts.find`: it would remember for a second that the access key does not exist.
    const [rows] = await parts.storage.snapshot(select(accessKeyTable, { access_key_id: accessKeyId }));
    if (rows.length > 0) {
      const existing = await accounts.find(accessKeyId);
      if (existing?.accountId !== accountId || !existing.secret.equals(secretAccessKey)) {
        throw seedRefusal(
          path,
          line,
          `the access key ${accessKeyId} exists already with another secret or account`,
        );
      }
      continue;
    }
    accessKeyIds.push(accessKeyId);
    changes.push(
      secretAccessKey.use((bytes) =>
        accounts.rootAccessKeyChange(accountId, accessKeyId, bytes.toString('utf8'), now),
      ),
    );
  }
  return { accountId, isNew, accessKeyIds, changes };
}

async function commitAccount(plan: AccountPlan, { committer, clock }: SeedParts): Promise<void> {
  const { accountId, accessKeyIds, changes } = plan;
  if (changes.length === 0) return;
  const event = renderServiceEvent(plan.isNew ? 'CreateAccount' : 'CreateAccessKey', clock.now(), {
    eventSource: plan.isNew ? 'organizations.amazonaws.com' : 'iam.amazonaws.com',
    accountId,
    additionalEventData: { cause: 'seed file', accessKeyIds },
  });
  await committer.commitService({ head: undefined, expect: [], changes }, event);
}

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
  for (const { rootAccessKeys, regions } of seed.accounts) {
    for (const { secretAccessKey } of rootAccessKeys) secretAccessKey.dispose();
    for (const { keys } of regions)
      for (const { materials } of keys) for (const material of materials) material.dispose();
  }
}
