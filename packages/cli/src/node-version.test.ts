import { expect, it } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import { refusalOfNode } from './node-version.js';

it.each(['18.19.0', '20.11.1', '22.12.0', '24.0.0', '24.6.9', 'nonsense'])(
  'refuses Node %s with one sentence that names the remedy',
  (version) => {
    const refusal = refusalOfNode(version);
    expect(refusal).toContain('needs Node 24.7 or newer');
    expect(refusal).toContain(version);
    expect(refusal).toContain('https://nodejs.org');
    expect(refusal).not.toContain('\n');
  },
);

it.each(['24.7.0', '24.10.0', '25.0.0', '26.10.0'])('runs under Node %s', (version) => {
  expect(refusalOfNode(version)).toBeUndefined();
});

it('asks for the version that package.json asks for', () => {
  expect(manifest.engines.node).toBe('>=24.7');
});
