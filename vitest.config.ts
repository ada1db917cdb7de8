import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // `await using` is lowered: Node 20 does not parse it.
  oxc: { target: 'es2022' },
  resolve: {
    alias: [
      { find: /^ggen-marketplace$/, replacement: fileURLToPath(new URL('src/index.ts', import.meta.url)) },
      {
        find: /^ggen-marketplace\/(server|embedded)$/,
        replacement: fileURLToPath(new URL('src/$1.ts', import.meta.url)),
      },
    ],
  },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
