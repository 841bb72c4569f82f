import { describe, expect, it } from 'vitest';
import { renderCompatibility } from './docs/compatibility.ts';
import { replaceBetweenMarkers } from './generate-docs.ts';

describe('replaceBetweenMarkers', () => {
  const page = 'a\n<!-- x: made by npm run docs -->\nold\n<!-- end of x -->\nb\n';

  it('replaces what stands between the markers and nothing else', () => {
    expect(replaceBetweenMarkers(page, 'x', 'new')).toBe(
      'a\n<!-- x: made by npm run docs -->\n\nnew\n\n<!-- end of x -->\nb\n',
    );
  });

  it('refuses a page without the markers', () => {
    expect(() => replaceBetweenMarkers(page, 'y', 'new')).toThrow('no markers for y');
  });
});

describe('the compatibility page', () => {
  const yes = { success: true, refusal: true };
  const page = renderCompatibility({
    Encrypt: yes,
    ScheduleKeyDeletion: yes,
    ReEncrypt: { success: true, refusal: false },
    CreateAlias: { success: false, refusal: true },
    CreateCustomKeyStore: yes,
  });

  it('names each of the 56 operations of the SDK once', () => {
    expect(
      page.match(/^\| \w+ \| (?:answered \| (?:yes|untested[^|]*) \| (?:read|write)|not answered: \w)/gm),
    ).toHaveLength(56);
  });

  it.each([
    ['Encrypt', 'answered | yes | read | all four | cryptographic'],
    ['ScheduleKeyDeletion', 'answered | yes | write | id, ARN | scheduleKeyDeletion'],
    ['ListKeys', 'answered | untested | read |  | any'],
    ['CreateCustomKeyStore', 'not answered: There are no custom key stores. | | | |'],
  ])('tells of %s what its declaration says', (name, rest) => {
    expect(page).toContain(`| ${name} | ${rest} |`);
  });

  it('calls untested what was never refused, and what never succeeded', () => {
    expect(page).toContain('| ReEncrypt | answered | untested: never refused |');
    expect(page).toContain('| CreateAlias | answered | untested: never let succeed |');
  });

  it.each([
    ['HMAC_256', 'GENERATE_VERIFY_MAC: `HMAC_SHA_256` | no | yes | no | all'],
    ['ECC_NIST_P256', 'SIGN_VERIFY: `ECDSA_SHA_256`; KEY_AGREEMENT: `ECDH` | yes | yes | no | all'],
    ['ML_DSA_65', 'SIGN_VERIFY: `ML_DSA_SHAKE_256` | no | no | no | all'],
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT: `SYMMETRIC_DEFAULT` | no | yes | yes | all'],
  ])('tells of the key spec %s what its row says', (name, rest) => {
    expect(page).toContain(`| \`${name}\` | ${rest} |`);
  });
});
