import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate and its private key, as files and as text. */
export interface Identity {
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}

export interface IdentityOptions {
  /** What the certificate may be used for; a server's unless told otherwise. */
  readonly use?: 'serverAuth' | 'clientAuth';
  readonly keyType?: 'P-256' | 'RSA';
  readonly days?: number;
}

/** A certificate authority of a test, in a temporary folder: everything is made by the `openssl` command, on the fly. */
export interface CertificateAuthority {
  readonly folder: string;
  readonly certFile: string;
  /** What a client is given to trust. */
  readonly cert: string;
  /** Issues a certificate for 127.0.0.1, ::1 and localhost; `name` names the files and the subject. */
  issue(name: string, options?: IdentityOptions): Identity;
  /** Removes the folder. */
  remove(): void;
}

const keyArguments = {
  'P-256': ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  RSA: ['-newkey', 'rsa:2048'],
};

export function createCertificateAuthority(name = 'Keyhaven test CA'): CertificateAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'keyhaven-ca-'));
  const [certFile, keyFile] = [join(folder, 'ca.pem'), join(folder, 'ca.key')];
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'].flatMap(
    (extension) => ['-addext', extension],
  );
  const subject = ['-subj', `/CN=${name}`];
  openssl(
    'req',
    '-x509',
    '-nodes',
    ...keyArguments['P-256'],
    '-keyout',
    keyFile,
    '-out',
    certFile,
    ...subject,
    ...extensions,
  );
  return {
    folder,
    certFile,
    cert: readFileSync(certFile, 'utf8'),
    issue: (name, options) => issue(folder, name, options),
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function issue(folder: string, name: string, options: IdentityOptions = {}): Identity {
  const { use = 'serverAuth', keyType = 'P-256', days = 90 } = options;
  const path = (ending: string) => join(folder, `${name}.${ending}`);
  const [certFile, keyFile] = [path('pem'), path('key')];
  writeFileSync(
    path('ext'),
    `basicConstraints=CA:FALSE\nextendedKeyUsage=${use}\nsubjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1\n`,
  );
  openssl(
    'req',
    '-nodes',
    ...keyArguments[keyType],
    '-keyout',
    keyFile,
    '-out',
    path('csr'),
    '-subj',
    `/CN=${name}`,
  );
  openssl(
    ...['x509', '-req', '-in', path('csr'), '-out', certFile, '-days', String(days), '-extfile', path('ext')],
    ...['-CA', join(folder, 'ca.pem'), '-CAkey', join(folder, 'ca.key'), '-CAcreateserial'],
  );
  return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
}

/** Runs `openssl` with those arguments. Throws an Error with what it wrote if it fails. */
export function openssl(...args: readonly string[]): void {
  const { status, error, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error('these tests need the openssl command', { cause: error });
  if (status !== 0) throw new Error(`openssl ${args.join(' ')} failed:\n${stderr}`);
}
