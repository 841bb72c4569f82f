import { parseHost, parseHostNames, parsePort } from '../address-values.ts';
import { type OptionTable, lastOf } from '../option-spec.ts';
import { parsePath } from '../option-values.ts';
import type { ServiceOptions } from '../service-options.ts';

/** Where the service listens, and the certificate that it shows there. */
export const networkRows: Pick<
  OptionTable<ServiceOptions>,
  'port' | 'host' | 'allowHosts' | 'tlsCert' | 'tlsKey' | 'tlsClientCa'
> = {
  port: {
    flag: '--port',
    environment: 'KEYHAVEN_PORT',
    fileKey: 'port',
    group: 'Network',
    placeholder: 'number',
    form: 'number',
    default: 4599,
    doc: 'The port to listen on; 0 takes a free one, which the last line of the banner names.',
    parse: (texts) => parsePort(lastOf(texts)),
  },
  host: {
    flag: '--host',
    environment: 'KEYHAVEN_HOST',
    fileKey: 'host',
    group: 'Network',
    placeholder: 'address',
    form: 'text',
    default: '127.0.0.1',
    doc: 'The address or name to listen on, such as 127.0.0.1, ::1 or 0.0.0.0 for all; beyond this machine only with TLS.',
    parse: (texts) => parseHost(lastOf(texts)),
  },
  allowHosts: {
    flag: '--allow-host',
    environment: 'KEYHAVEN_ALLOW_HOST',
    fileKey: 'allowHosts',
    group: 'Network',
    placeholder: 'name',
    form: 'list',
    default: [],
    example: ['kms.example.com'],
    doc: 'A further name that clients may reach the service by, such as kms.test; may be repeated or hold several, separated by commas.',
    parse: (texts) => texts.flatMap(parseHostNames),
  },
  tlsCert: {
    flag: '--tls-cert',
    environment: 'KEYHAVEN_TLS_CERT',
    fileKey: 'tlsCert',
    group: 'TLS',
    placeholder: 'file',
    form: 'path',
    default: undefined,
    example: 'tls-cert.pem',
    doc: 'The PEM file with the certificate to serve HTTPS with, followed by those between it and its root.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
  tlsKey: {
    flag: '--tls-key',
    environment: 'KEYHAVEN_TLS_KEY',
    fileKey: 'tlsKey',
    group: 'TLS',
    placeholder: 'file',
    form: 'path',
    default: undefined,
    example: 'tls-key.pem',
    doc: "The PEM file with the certificate's private key, readable by this user only.",
    parse: (texts) => parsePath(lastOf(texts)),
  },
  tlsClientCa: {
    flag: '--tls-client-ca',
    environment: 'KEYHAVEN_TLS_CLIENT_CA',
    fileKey: 'tlsClientCa',
    group: 'TLS',
    placeholder: 'file',
    form: 'path',
    default: undefined,
    example: 'client-ca.pem',
    doc: 'A PEM file with the authorities of which every client must show a certificate, on top of its signature.',
    parse: (texts) => parsePath(lastOf(texts)),
  },
};
