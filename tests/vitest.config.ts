import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['tests/**/*.test.ts'],
    setupFiles: ['tests/support/plain-environment.ts', 'tests/support/property-seed.ts'],
    // Against tests that hang, and nothing else: a machine ten times slower reaches none of them. What waits for a
    // condition ends before (support/wait-for.ts), and says what it waited for.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    teardownTimeout: 120_000,
    // Which is one second otherwise.
    expect: { poll: { timeout: 120_000 } },
    maxWorkers: 2,
  },
});
