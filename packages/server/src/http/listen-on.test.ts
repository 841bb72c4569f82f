import { closeSync, openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { StartRefusal } from '../start-refusal.ts';
import { isLoopback } from './listen-on.ts';
import { startListener } from './running-listener.test-support.ts';

describe('a descriptor that is handed over for listening', () => {
  const refusalOf = async (inheritedFd: number) => {
    const started = startListener({ inheritedFd });
    await expect(started).rejects.toThrow(StartRefusal);
    return started.then(
      () => '',
      (error: unknown) => (error instanceof StartRefusal ? error.message : ''),
    );
  };

  it('is refused when it is a file', async () => {
    const fd = openSync(import.meta.filename, 'r');
    expect(await refusalOf(fd)).toBe(
      `The file descriptor ${fd} that was handed over for listening is no TCP socket.`,
    );
    closeSync(fd);
  });

  it('is refused when it is not open', async () => {
    expect(await refusalOf(987)).toContain('is no TCP socket');
  });
});

describe('an address', () => {
  it.each(['127.0.0.1', '127.3.2.1', '::1', 'localhost', '::ffff:127.0.0.1'])(
    '%s is of this machine alone',
    (address) => {
      expect(isLoopback(address)).toBe(true);
    },
  );

  it.each(['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1', '128.0.0.1', '127.evil.example', '::2', ''])(
    '%j can be reached by others',
    (address) => {
      expect(isLoopback(address)).toBe(false);
    },
  );
});
