import { describe, expect, it } from 'vitest';
import { isLoopback, isPermittedEndpoint, isPermittedTransport } from './kms-endpoint.ts';

describe('The way to a KMS', () => {
  it.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.255.255.254', '::1', '[::1]'])(
    'stays on this machine for %s',
    (host) => {
      expect(isLoopback(host)).toBe(true);
      expect(isPermittedTransport('http:', host)).toBe(true);
    },
  );

  it.each([
    '',
    '128.0.0.1',
    '10.0.0.1',
    '0.0.0.0',
    '::',
    '[::2]',
    '127.0.0.1.example.com',
    'localhost.example.com',
    '127.1.example',
    '169.254.169.254',
  ])('leaves it for %j, and then needs TLS', (host) => {
    expect(isLoopback(host)).toBe(false);
    expect(isPermittedTransport('http:', host)).toBe(false);
    expect(isPermittedTransport('https:', host)).toBe(true);
  });

  it.each(['http://127.1:4599', 'http://0x7f000001', 'http://2130706433'])(
    'is judged by the address that %s means',
    (endpoint) => {
      expect(isPermittedEndpoint(endpoint)).toBe(true);
    },
  );

  it.each(['ftp:', 'file:', 'ws:', ''])('is never %s', (protocol) => {
    expect(isPermittedTransport(protocol, 'localhost')).toBe(false);
  });
});
