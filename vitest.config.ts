import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `await using` is lowered: Node 20 does not parse it.
  oxc: { target: 'es2022' },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
