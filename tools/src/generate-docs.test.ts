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
  const page = renderCompatibility();

  it('names each of the 56 operations of the SDK once', () => {
    expect(page.match(/^\| \w+ \| (?:answered \| (?:read|write)|not answered: \w)/gm)).toHaveLength(56);
  });

  it.each([
    ['Encrypt', 'answered | read | all four | cryptographic'],
    ['ScheduleKeyDeletion', 'answered | write | id, ARN | scheduleKeyDeletion'],
    ['ReEncrypt', 'answered | read | SourceKeyId: all four; DestinationKeyId: all four | cryptographic'],
    ['CreateAlias', 'answered | write | TargetKeyId: id, ARN | notPendingDeletion'],
    ['ListKeys', 'answered | read |  | any'],
    ['Sign', 'not answered: There are no asymmetric keys. | | |'],
  ])('tells of %s what its declaration says', (name, rest) => {
    expect(page).toContain(`| ${name} | ${rest} |`);
  });
});
