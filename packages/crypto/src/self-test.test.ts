import { describe, expect, it } from 'vitest';
import { checkSelfTests, runSelfTests, SelfTestError } from './self-test.ts';

const passing = { name: 'passing', passes: () => true };

describe('the self-tests', () => {
  it('pass', () => {
    expect(() => runSelfTests()).not.toThrow();
  });

  it('refuse with a SelfTestError that names the test whose answer is wrong', () => {
    const check = (): void => checkSelfTests([passing, { name: 'AES', passes: () => false }, passing]);
    expect(check).toThrow(SelfTestError);
    expect(check).toThrow('Cryptographic self-test failed: AES');
  });

  it('refuse with a SelfTestError when a test throws', () => {
    const cause = new Error('no such cipher');
    const throwing = {
      name: 'HMAC',
      passes: (): never => {
        throw cause;
      },
    };
    expect(() => checkSelfTests([passing, throwing])).toThrow(
      expect.objectContaining({ name: 'SelfTestError', failedTest: 'HMAC', cause }),
    );
  });
});
