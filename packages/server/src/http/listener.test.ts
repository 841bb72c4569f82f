import { describe, expect, it } from 'vitest';
import { connectionTimings, limits } from './limits.ts';
import { isFromWebPage } from './web-page.ts';

describe('the limits of a connection', () => {
  it('cut off a client that takes more than ten seconds for its header or thirty for its request', () => {
    expect(limits.headersTimeout).toBeLessThanOrEqual(10_000);
    expect(limits.requestTimeout).toBeLessThanOrEqual(30_000);
    expect(limits.connectionsCheckingInterval).toBeLessThanOrEqual(limits.headersTimeout / 2);
  });

  it('let a header section hold no more than 32 KiB', () => {
    expect(limits.maxHeaderSize).toBe(32 * 1024);
  });
});

describe('a connection', () => {
  it('is let go within five seconds when the service ends, after a moment for what is on its way', () => {
    expect(connectionTimings.drainMs).toBeLessThanOrEqual(5_000);
    expect(connectionTimings.lingerMs).toBeGreaterThanOrEqual(100);
    expect(connectionTimings.ageMs).toBe(60 * 60 * 1000);
  });
});

describe('a request of a web page', () => {
  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'anything new' },
    { origin: 'http://127.0.0.1:4599', 'sec-fetch-site': 'same-origin' },
  ])('is known by %j', (headers) => {
    expect(isFromWebPage(Object.entries(headers).flat())).toBe(true);
  });

  it.each([
    {},
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-mode': 'cors' },
  ])('is not seen in %j', (headers) => {
    expect(isFromWebPage(Object.entries(headers).flat())).toBe(false);
  });
});
