/** Runs the examples, or the one that is named. */
import { basicUsage } from './basic-usage.js'
import { customBackend } from './custom-backend.js'
import { distributedSetup } from './distributed-setup.js'

const EXAMPLES = {
  'basic-usage': basicUsage,
  'custom-backend': customBackend,
  'distributed-setup': distributedSetup,
}
const wanted = process.argv[2]
for (const [name, example] of Object.entries(EXAMPLES)) {
  if (wanted !== undefined && wanted !== name) continue
  process.stdout.write(`— ${name}\n`)
  await example((line) => process.stdout.write(`  ${line}\n`))
}
