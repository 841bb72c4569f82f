import { readFileSync } from 'node:fs';
import { isRecipientKey, Secret } from '@keyhaven/crypto';
import { refused } from '../command-failure.ts';
import { type OpenedRoot, openRoot, type RootFault } from './certificates.ts';

/** The root and its key. Throws CommandFailure where they cannot be used. */
export async function readRoot(certificateFile: string, keyFile: string): Promise<OpenedRoot> {
  const certificate = readWhole(certificateFile, 'root').toString('latin1');
  using key = Secret.take(readWhole(keyFile, 'root key'));
  const root = await openRoot(certificate, key);
  if ('fault' in root) throw describeFault(root.fault, certificateFile, keyFile);
  return root;
}

function describeFault(fault: RootFault, certificateFile: string, keyFile: string): Error {
  const makeOne = 'Make a root and its key with: keyhaven attestation root';
  switch (fault) {
    case 'no root':
      return refused(`The root ${certificateFile} holds no certificate of an authority in PEM.`, makeOne);
    case 'no key':
      return refused(`The root key ${keyFile} holds no P-384 private key in PEM (PKCS #8).`, makeOne);
    case 'another key':
      return refused(
        `The root key ${keyFile} does not belong to the root ${certificateFile}.`,
        'Name the two files that were made together.',
      );
  }
}

/** An RSA public key as SubjectPublicKeyInfo, from PEM or DER. Throws CommandFailure for anything else. */
export function readPublicKey(path: string): Buffer {
  const bytes = readWhole(path, 'public key');
  const [, label, body = ''] =
    /-----BEGIN ([A-Z ]+)-----([^-]+)-----END \1-----/.exec(bytes.toString('latin1')) ?? [];
  const spki = label === 'PUBLIC KEY' ? Buffer.from(body, 'base64') : bytes;
  if (isRecipientKey(spki)) return spki;
  throw refused(
    `The file ${path} holds no RSA public key of at least 2048 bits, in PEM or DER (SubjectPublicKeyInfo).`,
    'Get it from the private key with: openssl pkey -in KEY -pubout -out PUBLIC-KEY',
  );
}

/** What stands for the measurement of an image: the SHA-384 of the file. Throws CommandFailure. */
export async function measureImage(path: string): Promise<Buffer> {
  const image = readWhole(path, 'image');
  return Buffer.from(await crypto.subtle.digest('SHA-384', Uint8Array.from(image)));
}

function readWhole(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw refused(`The ${what} ${path} cannot be read.`, 'Name a file that this user may read.');
  }
}
