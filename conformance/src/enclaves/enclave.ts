import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RecipientInfo } from '@aws-sdk/client-kms';
import { type AttestationPki, makeAttestationPki, makeTestDocument } from '@keyhaven/testkit/attestation';
import { afterAll } from 'vitest';

/** The key pair of an enclave of a test. */
export interface Enclave {
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
  /** The same, as a file for the `openssl` command. */
  readonly privateKeyPem: string;
}

export function startEnclave(modulusLength = 2048): Enclave {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  return {
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    privateKey,
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

/** A chain of the calling test file, and a file with its root for the service to trust; removed when the file has run. */
export async function useAttestationPki(): Promise<{
  readonly pki: AttestationPki;
  readonly rootsFile: string;
  readonly folder: string;
}> {
  const pki = await makeAttestationPki(Date.now());
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-enclave-'));
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const rootsFile = join(folder, 'roots.pem');
  writeFileSync(rootsFile, pki.root.pem, { mode: 0o600 });
  return { pki, rootsFile, folder };
}

/** The member Recipient of a request. */
export function recipientOf(AttestationDocument: Uint8Array): RecipientInfo {
  return { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument };
}

/** The Recipient that an enclave sends, with the registers that are given. */
export function attested(
  pki: AttestationPki,
  enclave: Enclave,
  contents: Parameters<typeof makeTestDocument>[1] = {},
): RecipientInfo {
  return recipientOf(makeTestDocument(pki, { publicKey: enclave.publicKey, ...contents }));
}
