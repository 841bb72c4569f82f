import { StartRefusal } from '../start-refusal.ts';
import type { ServiceOptions } from './service-options.ts';

/** Where the certificate, its key and the client CA lie. */
export interface TlsPaths {
  readonly certFile: string;
  readonly keyFile: string;
  readonly clientCaFile: string | undefined;
}

/**
 * The files of TLS, or undefined for plain HTTP. Throws StartRefusal where only a part of them is given: whoever names
 * one of them does not mean plain HTTP.
 */
export function findTlsPaths({
  tlsCert,
  tlsKey,
  tlsClientCa,
}: Partial<Pick<ServiceOptions, 'tlsCert' | 'tlsKey' | 'tlsClientCa'>>): TlsPaths | undefined {
  if (tlsCert !== undefined && tlsKey !== undefined) {
    return { certFile: tlsCert, keyFile: tlsKey, clientCaFile: tlsClientCa };
  }
  if (tlsCert === undefined && tlsKey === undefined && tlsClientCa === undefined) return undefined;
  throw new StartRefusal(
    'TLS needs both a certificate and its private key.',
    'Give both --tls-cert FILE and --tls-key FILE, or neither of them nor --tls-client-ca.',
  );
}
