import { describe, expect, it } from 'vitest';
import { findUnsafeProcess, type ProcessFacts } from './unsafe-process.ts';

const safe: ProcessFacts = {
  nodeFlags: [],
  nodeOptions: undefined,
  isInspectorOpen: false,
  coreDumpLimit: 0,
};

const namesOf = (facts: Partial<ProcessFacts>) =>
  findUnsafeProcess({ ...safe, ...facts }).map(({ name }) => name);

describe('a process', () => {
  it('is safe without debugger, foreign options and core dumps', () => {
    expect(findUnsafeProcess(safe)).toEqual([]);
  });

  it.each(['', ' ', '--max-old-space-size=512', '--disable-sigusr1  --secure-heap=65536'])(
    'is safe with NODE_OPTIONS %j',
    (nodeOptions) => {
      expect(namesOf({ nodeOptions })).toEqual([]);
    },
  );

  it.each(['--stack-trace-limit=50', '--disable-sigusr1', '--inspector'])(
    'is safe with the flag %s',
    (flag) => {
      expect(namesOf({ nodeFlags: [flag] })).toEqual([]);
    },
  );

  it.each([
    '--inspect',
    '--inspect=0.0.0.0:9229',
    '--inspect-brk',
    '--inspect_brk',
    '--inspect-wait=9230',
    '--inspect-port=0',
    '--inspect-publish-uid=http',
    '--debug-port=1',
  ])('is open to a debugger with the flag %s', (flag) => {
    expect(namesOf({ nodeFlags: ['--stack-trace-limit=50', flag] })).toEqual(['inspector']);
  });

  it('is open to a debugger that was started since', () => {
    expect(namesOf({ isInspectorOpen: true })).toEqual(['inspector']);
  });

  it('is told of the debugger in NODE_OPTIONS under both names', () => {
    expect(namesOf({ nodeOptions: '"--inspect" --max-old-space-size=512' })).toEqual([
      'inspector',
      'node-options',
    ]);
  });

  it.each([
    '--require /tmp/evil.js',
    '-r /tmp/evil.js',
    '--import=data:text/javascript,evil',
    '--max-old-space-size=512 --loader=x',
    '--max-old-space-size=512x',
    '--use-openssl-ca',
    'disable-sigusr1',
  ])('is not its own with NODE_OPTIONS %j', (nodeOptions) => {
    expect(namesOf({ nodeOptions })).toEqual(['node-options']);
  });

  it.each([1, 4096, Infinity])('can leave a core dump with a limit of %d', (coreDumpLimit) => {
    expect(namesOf({ coreDumpLimit })).toEqual(['core-dumps']);
  });

  it('is not known to leave no core dump where the limit cannot be read, and says so', () => {
    const [found] = findUnsafeProcess({ ...safe, coreDumpLimit: undefined });
    expect(found?.name).toBe('core-dumps');
    expect(found?.reason).toContain('cannot be read here');
  });

  it.each(['--heapsnapshot-signal=SIGUSR2', '--heapsnapshot-near-heap-limit=1'])(
    'can leave its heap in a file with the flag %s',
    (flag) => {
      expect(namesOf({ nodeFlags: [flag] })).toEqual(['core-dumps']);
    },
  );

  it('is told everything at once, in sentences with a next step and without values', () => {
    const found = findUnsafeProcess({
      nodeFlags: ['--inspect=secret.example:1'],
      nodeOptions: '--require=/home/secret/file.js',
      isInspectorOpen: true,
      coreDumpLimit: Infinity,
    });
    expect(found.map(({ name }) => name)).toEqual(['inspector', 'node-options', 'core-dumps']);
    for (const { reason, nextStep } of found) {
      expect(`${reason} ${nextStep}`).not.toContain('secret');
      expect(reason).toMatch(/^[A-Z].*\.$/);
      expect(nextStep).toMatch(/^[A-Z].*\.$/);
    }
  });
});
