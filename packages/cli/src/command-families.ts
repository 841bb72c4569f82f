import type { Command } from 'commander';
import type { CommandContext } from './command-context.ts';

/** The first word of some commands, and what adds them to the program. */
export interface CommandFamily {
  readonly name: string;
  readonly add: (program: Command, context: CommandContext) => Promise<void>;
}

/** Every command, in the order of the help. Each family is loaded when it is needed. */
export const commandFamilies: readonly CommandFamily[] = [
  {
    name: 'init',
    add: async (program, context) => {
      (await import('./commands/init.ts')).addInit(program, context);
    },
  },
  {
    name: 'serve',
    add: async (program, context) => (await import('./commands/serve.ts')).addServe(program, context),
  },
  {
    name: 'status',
    add: async (program, context) => (await import('./commands/status.ts')).addStatus(program, context),
  },
  {
    name: 'unseal',
    add: async (program, context) => (await import('./commands/unseal.ts')).addUnseal(program, context),
  },
  { name: 'seal', add: addSealFamily },
  { name: 'root', add: addRootFamily },
  { name: 'domain', add: addDomainFamily },
  { name: 'account', add: addAccountFamily },
  { name: 'access-key', add: addAccessKeyFamily },
  { name: 'control-policy', add: addControlPolicyFamily },
  { name: 'backup', add: addBackupFamily },
  {
    name: 'restore',
    add: async (program, context) => (await import('./commands/restore.ts')).addRestore(program, context),
  },
  {
    name: 'doctor',
    add: async (program, context) => (await import('./commands/doctor.ts')).addDoctor(program, context),
  },
  {
    name: 'explain',
    add: async (program, context) => {
      (await import('./commands/explain.ts')).addExplain(program, context);
    },
  },
  {
    name: 'who-can',
    add: async (program, context) => {
      (await import('./commands/who-can.ts')).addWhoCan(program, context);
    },
  },
  { name: 'jobs', add: addJobsFamily },
  { name: 'destruction', add: addDestructionFamily },
  { name: 'attestation', add: addAttestationFamily },
];

async function addSealFamily(program: Command, context: CommandContext): Promise<void> {
  const seal = (await import('./commands/seal.ts')).addSeal(program, context);
  (await import('./commands/seal-status.ts')).addSealStatus(seal, context);
  (await import('./commands/seal-change.ts')).addSealChange(seal, context);
}

async function addRootFamily(program: Command, context: CommandContext): Promise<void> {
  const root = await addFamily(program, 'root', 'replace the root key');
  (await import('./commands/root-rotate.ts')).addRootRotate(root, context);
}

async function addDomainFamily(program: Command, context: CommandContext): Promise<void> {
  const domain = await addFamily(program, 'domain', 'replace domain keys');
  (await import('./commands/domain-rotate.ts')).addDomainRotate(domain, context);
}

async function addAccountFamily(program: Command, context: CommandContext): Promise<void> {
  const account = await addFamily(program, 'account', 'make, list, disable and recover accounts');
  (await import('./commands/account-create.ts')).addAccountCreate(account, context);
  (await import('./commands/account-list.ts')).addAccountList(account, context);
  (await import('./commands/account-disable.ts')).addAccountDisable(account, context);
  (await import('./commands/account-enable.ts')).addAccountEnable(account, context);
  (await import('./commands/account-recover.ts')).addAccountRecover(account, context);
}

async function addAccessKeyFamily(program: Command, context: CommandContext): Promise<void> {
  const accessKey = await addFamily(program, 'access-key', 'list and disable access keys');
  (await import('./commands/access-key-list.ts')).addAccessKeyList(accessKey, context);
  (await import('./commands/access-key-disable.ts')).addAccessKeyDisable(accessKey, context);
}

async function addControlPolicyFamily(program: Command, context: CommandContext): Promise<void> {
  const policy = await addFamily(program, 'control-policy', 'limit accounts by policies');
  (await import('./commands/control-policy-set.ts')).addControlPolicySet(policy, context);
  (await import('./commands/control-policy-list.ts')).addControlPolicyList(policy, context);
  (await import('./commands/control-policy-remove.ts')).addControlPolicyRemove(policy, context);
}

async function addBackupFamily(program: Command, context: CommandContext): Promise<void> {
  const backup = (await import('./commands/backup.ts')).addBackup(program, context);
  (await import('./commands/backup-identity.ts')).addBackupIdentity(backup, context);
}

async function addJobsFamily(program: Command, context: CommandContext): Promise<void> {
  const jobs = (await import('./commands/jobs.ts')).addJobs(program, context);
  (await import('./commands/jobs-hold.ts')).addJobsHold(jobs, context);
  (await import('./commands/jobs-release.ts')).addJobsRelease(jobs, context);
}

async function addDestructionFamily(program: Command, context: CommandContext): Promise<void> {
  const destruction = await addFamily(program, 'destruction', 'tell what is destroyed');
  (await import('./commands/destruction-status.ts')).addDestructionStatus(destruction, context);
}

async function addAttestationFamily(program: Command, context: CommandContext): Promise<void> {
  const attestation = await addFamily(program, 'attestation', 'make attestation documents for tests');
  (await import('./commands/attestation-root.ts')).addAttestationRoot(attestation, context);
  (await import('./commands/attestation-make.ts')).addAttestationMake(attestation, context);
}

async function addFamily(program: Command, name: string, description: string): Promise<Command> {
  return (await import('./admin/admin-command.ts')).addFamily(program, name, description);
}
