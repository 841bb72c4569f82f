import type { Act } from './act.ts';
import { accessKeyDisable, accessKeyList } from './acts/access-key.ts';
import { accountCreate } from './acts/account-create.ts';
import { accountList } from './acts/account-list.ts';
import { accountRecover } from './acts/account-recover.ts';
import { accountDisable, accountEnable } from './acts/account-status.ts';
import { backup } from './acts/backup.ts';
import { controlPolicyList, controlPolicyRemove, controlPolicySet } from './acts/control-policy.ts';
import { destructionStatus } from './acts/destruction-status.ts';
import { doctor } from './acts/doctor.ts';
import { explain, explainRequest, whoCan } from './acts/explain.ts';
import { jobs, jobsHold, jobsRelease } from './acts/jobs.ts';
import { domainRotate, rootRotate } from './acts/rotate.ts';
import { seal, sealChange, sealChangeConfirm, status, unseal } from './acts/seal.ts';

/** Everything that an administrator can do. None of it uses a KMS key. */
export const acts: ReadonlyMap<string, Act> = new Map(
  [
    status,
    unseal,
    seal,
    sealChange,
    sealChangeConfirm,
    rootRotate,
    domainRotate,
    accountCreate,
    accountList,
    accountDisable,
    accountEnable,
    accountRecover,
    accessKeyList,
    accessKeyDisable,
    controlPolicySet,
    controlPolicyList,
    controlPolicyRemove,
    jobs,
    jobsHold,
    jobsRelease,
    destructionStatus,
    backup,
    doctor,
    explain,
    explainRequest,
    whoCan,
  ].map((one) => [one.name, one as Act]),
);
