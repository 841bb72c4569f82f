import { describe, expect, it } from 'vitest';
import { HostAllowList } from './host-allow-list.ts';

const at = (localAddress?: string) => ({ localAddress });

describe('the address that a client has connected to', () => {
  it.each([
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3:4599', '10.1.2.3'],
    ['10.1.2.3:4599', '::ffff:10.1.2.3'],
    ['[2001:db8::7]:443', '2001:db8::7'],
    ['[2001:DB8::7]', '2001:db8::7'],
  ])('may be its Host: %s at %s', (host, address) => {
    expect(new HostAllowList([]).allows(host, at(address))).toBe(true);
  });

  it.each([
    ['10.1.2.4', '10.1.2.3'],
    ['10.1.2.3.evil.example', '10.1.2.3'],
    ['2001:db8::7', '2001:db8::7'],
    ['[10.1.2.3]', '10.1.2.3'],
    ['evil.example', '10.1.2.3'],
    ['', '10.1.2.3'],
    ['', undefined],
    ['undefined', undefined],
  ])('does not let in another Host: %j at %s', (host, address) => {
    expect(new HostAllowList([]).allows(host, at(address))).toBe(false);
  });

  it('does not let in the Host of a connection to another address', () => {
    const hosts = new HostAllowList(['kms.test']);
    expect(hosts.allows('10.1.2.3', at('10.1.2.4'))).toBe(false);
    expect(hosts.allows('kms.test', at('10.1.2.4'))).toBe(true);
    expect(hosts.allows(undefined, at('10.1.2.4'))).toBe(false);
  });
});
