import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Scenario } from './scenario.js'
import { formatScenario, parseScenario } from './scenario-file.js'

const folder = join(import.meta.dirname, 'scenarios')
const files = readdirSync(folder).filter((name) => name.endsWith('.txt'))

/** UPDATE_SCENARIOS=1 writes what happens as what is expected; the difference is there to be read. */
const update = process.env.UPDATE_SCENARIOS === '1'

describe('scenarios', () => {
  test.each(files)('%s goes as it is written', (name) => {
    const path = join(folder, name)
    const text = readFileSync(path, 'utf8')
    const scenario = new Scenario()
    const played = parseScenario(text).map((block) => {
      const told = block.commands.map((line) => ({ line, lines: scenario.play(line) }))
      // Where several commands have something to tell, each is named before what it led to.
      const many = told.filter(({ lines }) => lines.length > 0).length > 1
      const actual = told.flatMap(({ line, lines }) =>
        many && lines.length > 0 ? [`> ${line}`, ...lines] : lines,
      )
      return { ...block, actual }
    })
    const after = formatScenario(played)
    if (update) writeFileSync(path, after)
    else expect(after).toBe(text)
  })
})

test("every lesson in the README's table names stories and tests that exist, and every story of a lesson is in it", () => {
  const table = readFileSync(join(folder, 'README.md'), 'utf8').split('## Lessons')[1] ?? ''
  const named = [...table.matchAll(/`([\w./-]+\.(?:txt|test\.ts))`/g)].map((match) => match[1] ?? '')
  const root = join(import.meta.dirname, '../..')
  const missing = named.filter((name) => !existsSync(join(name.endsWith('.txt') ? folder : root, name)))
  expect(missing).toEqual([])
  const lessons = files.filter((name) => readFileSync(join(folder, name), 'utf8').startsWith('# Lesson '))
  expect(lessons.filter((name) => !named.includes(name))).toEqual([])
  expect(named.length).toBeGreaterThan(20)
})
