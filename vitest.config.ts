import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'conformance/src/**/*.test.ts', 'tools/src/**/*.test.ts'],
    setupFiles: ['tools/src/tested-operations/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // Most tests wait for a service in another process or for the disk: every core has one to run.
    maxWorkers: availableParallelism(),
  },
});
