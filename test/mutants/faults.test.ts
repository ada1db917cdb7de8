import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FAULTS } from './faults.mjs'

const root = join(import.meta.dirname, '../..')

test('what a deliberate fault changes stands exactly once in its source', () => {
  const moved = FAULTS.flatMap((fault) =>
    [fault, ...(fault.also ?? [])]
      .filter(({ file, find }) => readFileSync(join(root, file), 'utf8').split(find).length !== 2)
      .map(({ file }) => `${fault.name}: ${file}`),
  )
  expect(moved).toEqual([])
})
