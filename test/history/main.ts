import { readFileSync } from 'node:fs'
import { checkLinearizable } from './linearizability.js'
import { formatHistory, parseHistory } from './operation.js'

// Judges a recorded history: `node .build/test/history/main.js FILE`. Ends with 0 where it is linearizable, else with 1.

const [file] = process.argv.slice(2)
if (file === undefined) {
  console.error('no history given; write make check-history HISTORY=file')
  process.exit(2)
}
try {
  const history = parseHistory(readFileSync(file, 'utf8'))
  const { ok, key, operations, checked } = checkLinearizable(history)
  if (ok) console.log(`${file}: ${history.length} operations, ${checked} judged: linearizable`)
  else {
    console.log(`${file}: the operations on ${key} have no valid order:`)
    process.stdout.write(formatHistory(operations ?? []))
    process.exitCode = 1
  }
} catch (error) {
  console.error(`${file}: ${(error as Error).message}`)
  process.exitCode = 2
}
