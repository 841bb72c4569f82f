import { describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { findTlsPaths } from './tls-paths.ts';

describe('the files of TLS', () => {
  it('are a certificate and its key, and the client CA if there is one', () => {
    expect(findTlsPaths({ tlsCert: 'c', tlsKey: 'k' })).toEqual({ certFile: 'c', keyFile: 'k' });
    expect(findTlsPaths({ tlsCert: 'c', tlsKey: 'k', tlsClientCa: 'a' })?.clientCaFile).toBe('a');
  });

  it('are not there when none is given: then it is plain HTTP', () => {
    expect(findTlsPaths({})).toBeUndefined();
  });

  it.each([
    { tlsCert: 'c' },
    { tlsKey: 'k' },
    { tlsClientCa: 'a' },
    { tlsCert: 'c', tlsClientCa: 'a' },
    { tlsKey: 'k', tlsClientCa: 'a' },
  ])('are refused in part, lest that is plain HTTP unawares: %j', (options) => {
    expect(() => findTlsPaths(options)).toThrow(StartRefusal);
  });
});
