import { closeSync, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { findTlsIdentityFault, readCertificates, type TlsIdentityFault } from '@keyhaven/crypto';
import { StartRefusal } from '../start-refusal.ts';

/** Where the service's certificate and key lie, as PEM. */
export interface TlsFiles {
  /** The certificate, and after it those of the authorities between it and the root. */
  readonly certFile: string;
  readonly keyFile: string;
  /** Who may vouch for clients. With it, a client without a certificate of these authorities is not served. */
  readonly clientCaFile?: string | undefined;
}

/** What was read from them. `key` holds the private key in clear: whoever has used it zeroises it. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly clientCa: Buffer | undefined;
  /** When the first certificate of the chain ceases to be valid, and when the last begins to be; milliseconds. */
  readonly validFromMs: number;
  readonly validToMs: number;
}

/** What a file of another program looks like to `stat`; undefined for one that is not there. */
type FileOwner = Pick<Stats, 'mode' | 'uid'>;

/** Reads the files. Throws StartRefusal when one cannot be used, or when they do not belong together. */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  const cert = readWhole(files.certFile, 'certificate');
  const chain = readCertificates(cert);
  const clientCa = files.clientCaFile === undefined ? undefined : readClientCa(files.clientCaFile);
  const key = readWhole(files.keyFile, 'private key', (owner) => {
    refuseOpenKey(files.keyFile, owner);
  });
  const fault = findTlsIdentityFault(cert, key);
  if (fault !== undefined) {
    key.fill(0);
    throw describeFault(fault, files);
  }
  return {
    cert,
    key,
    clientCa,
    validFromMs: Math.max(...chain.map(({ validFromMs }) => validFromMs)),
    validToMs: Math.min(...chain.map(({ validToMs }) => validToMs)),
  };
}

/** A text that changes when a file is written, replaced, or given other rights. */
export function fingerprintTlsFiles({ certFile, keyFile, clientCaFile }: TlsFiles): string {
  return [certFile, keyFile, clientCaFile].map(fingerprint).join(' ');
}

function fingerprint(path: string | undefined): string {
  if (path === undefined) return '';
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join('.');
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}

function readWhole(path: string, what: string, check: (owner: FileOwner) => void = () => undefined): Buffer {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    throw describeUnreadable(path, what, error);
  }
  try {
    // The rights of the very file that is read, not of one that takes its name in between.
    check(fstatSync(file));
    return readFileSync(file);
  } catch (error) {
    throw error instanceof StartRefusal ? error : describeUnreadable(path, what, error);
  } finally {
    closeSync(file);
  }
}

function describeUnreadable(path: string, what: string, error: unknown): StartRefusal {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOENT' ? 'is not there' : `cannot be read (${code ?? 'no reason given'})`;
  return new StartRefusal(
    `The TLS ${what} ${path} ${reason}.`,
    'Give the path of a PEM file that the user of the service may read.',
  );
}

/**
 * The rule is PostgreSQL's: a key of the service's own user is that user's alone; a key of another user, such as root,
 * may be lent to a group (Debian's `ssl-cert`, a credential of systemd, a mounted secret).
 */
function refuseOpenKey(path: string, { mode, uid }: FileOwner): void {
  if (process.platform === 'win32') return;
  const isOwn = uid === process.geteuid?.();
  const excess = mode & (isOwn ? 0o077 : 0o027);
  if (excess === 0) return;
  throw new StartRefusal(
    `The TLS private key ${path} can be read or changed by other users (mode ${(mode & 0o777).toString(8)}).`,
    isOwn ? `Run: chmod 600 ${path}` : `Run, as its owner: chmod 640 ${path}`,
  );
}

function readClientCa(path: string): Buffer {
  const clientCa = readWhole(path, 'client CA');
  if (readCertificates(clientCa).length > 0) return clientCa;
  // Node would take such a file without a word, and then refuse every client.
  throw new StartRefusal(
    `The TLS client CA ${path} holds no certificate, or a damaged one.`,
    'Give a PEM file with the certificates of the authorities that vouch for clients.',
  );
}

function describeFault(fault: TlsIdentityFault, { certFile, keyFile }: TlsFiles): StartRefusal {
  switch (fault) {
    case 'no-certificate':
      return new StartRefusal(
        `The TLS certificate ${certFile} holds no certificate, or a damaged one.`,
        'Give a PEM file that begins with the certificate of this service.',
      );
    case 'no-private-key':
      return new StartRefusal(
        `The TLS private key ${keyFile} holds no private key that can be read.`,
        'Give a PEM file with the private key that the certificate was made for.',
      );
    case 'encrypted-private-key':
      return new StartRefusal(
        `The TLS private key ${keyFile} is encrypted.`,
        'Decrypt it into a file that only the service may read: openssl pkey -in KEY -out NEW-KEY',
      );
    case 'key-of-another-certificate':
      return new StartRefusal(
        `The TLS private key ${keyFile} does not belong to the first certificate in ${certFile}.`,
        'Give the key and the certificate that were made together, the certificate of this service first in its file.',
      );
  }
}
