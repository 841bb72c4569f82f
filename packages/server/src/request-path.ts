import { randomUuid } from '@keyhaven/crypto';
import type { Accounts } from './accounts/accounts.ts';
import type { Attestation } from './attestation/port.ts';
import type { Audit } from './audit/open-audit.ts';
import type { SecurityLog } from './audit/security-log.ts';
import { createAuthenticator, createForwardedVerifier, SigningKeys } from './authentication/index.ts';
import { Authorizer } from './authorization/authorizer.ts';
import type { Clock } from './clock.ts';
import type { DomainKeys } from './domain-keys/domain-keys.ts';
import type { Keyring } from './domain-keys/keyring.ts';
import type { GrantPorts } from './grants/open-grants.ts';
import type { Identities } from './identities/port.ts';
import type { StoredRoles } from './identities/stored-roles.ts';
import type { SoftwareKeyStore } from './key-stores/software-key-store.ts';
import type { KeyDirectory } from './keys/key-directory.ts';
import { KeyListings } from './keys/key-listings.ts';
import { createProvisioner } from './services/kms/provision-aws-managed-key.ts';
import { Admission } from './pipeline/admission.ts';
import { Call } from './pipeline/call.ts';
import type { WireReply } from './protocol/wire-reply.ts';
import type { Committer } from './pipeline/committer.ts';
import { Markers } from './pipeline/markers.ts';
import type { Operation } from './pipeline/operation.ts';
import type { Ports } from './pipeline/ports.ts';
import { RequestRunner } from './pipeline/request-runner.ts';
import { createStages } from './pipeline/stages.ts';
import type { Protocols } from './protocol/decode.ts';
import { JsonProtocol } from './protocol/json-protocol.ts';
import { QueryProtocol } from './protocol/query-protocol.ts';
import type { WireRequest } from './protocol/wire-request.ts';
import { keyhavenOperations, keyhavenServices } from './services/keyhaven/index.ts';
import { kmsOperations } from './services/kms/index.ts';
import { stsOperations, stsService } from './services/sts/index.ts';
import { joinCredentials } from './sessions/credentials.ts';
import { ForwardedAccess } from './sessions/forwarded-access.ts';
import { Sessions } from './sessions/sessions.ts';
import type { IntegrityStorage } from './storage/integrity-storage.ts';
import type { Alarm } from './telemetry/alarm.ts';
import type { LastUsages } from './usage/last-usages.ts';

export interface RequestPathParts {
  readonly storage: IntegrityStorage;
  readonly keyring: Keyring;
  readonly accounts: Accounts;
  readonly identities: Identities;
  readonly roles: StoredRoles;
  readonly granting: GrantPorts;
  readonly directory: KeyDirectory;
  readonly keyStore: SoftwareKeyStore;
  readonly committer: Committer;
  readonly domainKeys: DomainKeys;
  readonly attestation: Attestation;
  readonly audit: Audit;
  readonly lastUsages: LastUsages;
  readonly securityLog: SecurityLog;
  readonly clock: Clock;
  readonly alarm: Alarm;
  /** Whether a reply waits until its record is on the disk. */
  readonly isJournalSyncedFirst: boolean;
}

/** The wire formats and the operations that each of them reaches. */
export const protocols: Protocols = {
  json: new JsonProtocol(kmsOperations),
  services: new JsonProtocol(keyhavenOperations, keyhavenServices),
  query: new QueryProtocol(stsService, stsOperations),
};

/** The operations of each service, by where their records say they come from. */
export const operationsBySource: ReadonlyMap<string, ReadonlyMap<string, Operation>> = new Map([
  [protocols.json.eventSource, kmsOperations],
  [protocols.query.eventSource, stsOperations],
]);

export interface RequestPath {
  /** For explanations, which load what requests load and make none. */
  readonly ports: Ports;
  serve(wire: WireRequest, respond: (reply: WireReply, requestId: string) => void): void;
  /** Resolves when every request under way is answered. */
  idle(): Promise<void>;
  /** Zeroises what was derived from secret access keys. */
  dispose(): void;
}

/** Puts the request's path together: protocols, stages and the runner that records and answers. */
export function createRequestPath(parts: RequestPathParts): RequestPath {
  const { storage, keyring, accounts, directory, keyStore, committer, domainKeys, attestation } = parts;
  const { audit, lastUsages, clock, alarm, roles } = parts;
  const admission = new Admission(audit.journal);
  const sessions = new Sessions({ keyring, roles, accounts, clock });
  const signingKeys = new SigningKeys();
  const credentials = joinCredentials(accounts, sessions);
  const authentication = { credentials, wallClock: () => clock.wallNow(), keys: signingKeys };
  const verify = createForwardedVerifier(authentication);
  const forwardedAccess = new ForwardedAccess({ keyring, credentials, verify, clock });
  const ports = {
    ...parts.granting,
    directory,
    listings: new KeyListings(storage),
    keyStore,
    keyPairs: keyStore.keyPairs,
    imports: keyStore.imports,
    accounts,
    identities: parts.identities,
    roles,
    sessions,
    accessForwarder: forwardedAccess,
    domainKeys,
    attestation,
    lastUsages,
    markers: new Markers(() => keyring.markerKeys()),
    provisionAwsManagedKey: createProvisioner({ clock, domainKeys, keyStore, committer }),
  };
  const authorizer = new Authorizer(ports.identities, ports.grants);
  const authenticate = createAuthenticator({ ...authentication, forwardedAccess });
  const runner = new RequestRunner({
    stages: createStages({ protocols, authenticate, admission, authorizer, ports, committer }),
    protocols,
    admission,
    journal: audit.journal,
    outbox: audit.outbox,
    lastUsages,
    securityLog: parts.securityLog,
    isJournalSyncedFirst: parts.isJournalSyncedFirst,
    alarm,
  });
  return {
    ports,
    serve: (wire, respond) => {
      runner.run(new Call(wire, randomUuid(), clock.now()), respond);
    },
    idle: () => runner.idle(),
    dispose: () => {
      signingKeys.dispose();
      sessions.dispose();
    },
  };
}
