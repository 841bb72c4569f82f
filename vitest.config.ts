import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/src/**/*.test.ts', 'conformance/src/**/*.test.ts', 'tools/src/**/*.test.ts'],
    setupFiles: ['tools/src/tested-operations/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
  },
});
