import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
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
