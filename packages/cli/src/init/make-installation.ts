import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Secret } from '@keyhaven/crypto';
import { HandOut } from '../secrets/hand-out.ts';
import { SecretFile } from '../secrets/secret-file.ts';
import { configPathOf, renderInitConfig, tlsFileNames } from './init-config.ts';
import type { InitPlan, PlannedSeal } from './init-plan.ts';
import { makeSelfSigned, type SelfSigned } from './self-signed.ts';

/** What the server is asked to make: its own `InitRequest`. */
export interface ServerRequest {
  readonly dataDir: string;
  readonly seal: PlannedSeal;
  readonly accountId?: string;
  readonly accountName?: string;
}

/** What the server made and shows once: its own `InitSecrets`, which it disposes of. */
export interface ServerSecrets {
  readonly installationId: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly shares: readonly Secret[];
}

export interface MakingParts {
  /** The folder is an installation from the moment on at which this resolves, and not before `handOut` has resolved. */
  readonly initInstallation: (
    request: ServerRequest,
    handOut: (secrets: ServerSecrets) => Promise<void>,
    onProgress: (text: string) => void,
  ) => Promise<void>;
  readonly now: () => number;
  readonly onProgress: (text: string) => void;
  /** Brings the secrets to where they belong. */
  readonly handOut: (secrets: ServerSecrets, credentials: HandOut, shares: HandOut) => Promise<void>;
}

/** What was made, without its secrets. */
export interface Made extends Omit<ServerSecrets, 'secretAccessKey' | 'shares'> {
  /** Until when the certificate that was made is valid. */
  readonly certificateEnds: Date | undefined;
}

/**
 * Makes what is planned. Certificate and configuration are written, and the secrets are handed out, before the server
 * makes the folder an installation: a kill at any moment leaves either no installation, and the next call begins anew, or
 * a whole one whose secrets somebody has. What is written here is removed again if anything fails. Throws CommandFailure,
 * and what the server throws.
 */
export async function makeInstallation(plan: InitPlan, parts: MakingParts): Promise<Made> {
  using undo = new DisposableStack();
  using credentials = HandOut.toFile(plan.credentialsFile);
  using shares = HandOut.toFolder(plan.sharesDir, plan.seal.kind === 'shamir' ? plan.seal.total : 0);
  for (const path of [...credentials.paths, ...shares.paths]) removeIfUndone(path, undo);
  const tls = plan.tls.kind === 'self-signed' ? await makeSelfSigned(plan.tls.names, parts.now()) : undefined;
  let made: Made | undefined;
  const handOut = async (secrets: ServerSecrets) => {
    writeFiles(plan, tls, undo);
    await parts.handOut(secrets, credentials, shares);
    const { installationId, accountId, accessKeyId } = secrets;
    made = { installationId, accountId, accessKeyId, certificateEnds: tls?.notAfter };
  };
  try {
    await parts.initInstallation(requestOf(plan), handOut, parts.onProgress);
  } finally {
    tls?.privateKey.dispose();
  }
  if (made === undefined) throw new Error('an installation was made, but nothing of it was handed out');
  undo.move();
  return made;
}

function requestOf({ dataDir, seal, accountId, accountName }: InitPlan): ServerRequest {
  return {
    dataDir,
    seal,
    ...(accountId === undefined ? {} : { accountId }),
    ...(accountName === undefined ? {} : { accountName }),
  };
}

/** In the data folder, what an earlier call that was cut short has left is replaced; elsewhere nothing is. */
function writeFiles(plan: InitPlan, tls: SelfSigned | undefined, undo: DisposableStack): void {
  const write = (path: string, content: string | Uint8Array) => {
    if (path.startsWith(join(plan.dataDir, '/'))) rmSync(path, { force: true });
    using file = SecretFile.reserve(path);
    removeIfUndone(path, undo);
    file.write(content);
  };
  if (tls !== undefined) {
    write(join(plan.dataDir, tlsFileNames.cert), tls.certificate);
    tls.privateKey.use((pem) => {
      write(join(plan.dataDir, tlsFileNames.key), pem);
    });
  }
  write(configPathOf(plan), renderInitConfig(plan));
}

function removeIfUndone(path: string, undo: DisposableStack): void {
  undo.defer(() => {
    rmSync(path, { force: true });
  });
}
