// Speeds beside floors measured in the same run: `make bench`, or `node .build/bench/main.js [--only NAME]… [--rounds N] [--packages N] [--json]`.
import { parseArgs } from 'node:util'
import { Bed } from './bed.js'
import { failover } from './failover.js'
import { type Figure, formatFigure } from './figure.js'
import { floors } from './floors.js'
import { get } from './get.js'
import { importing } from './import.js'
import { manyPackages } from './many-packages.js'
import { register } from './register.js'
import { resolve } from './resolve.js'
import { transfer } from './transfer.js'
import { watch } from './watch.js'

const SUBJECTS: Readonly<Record<string, (bed: Bed) => Promise<Figure[]>>> = {
  floors,
  register,
  get,
  transfer,
  resolve,
  watch,
  failover,
  import: importing,
  'many-packages': manyPackages,
}
/** Whatever happens, the machine is given back. */
const RUN_MS_MAX = 15 * 60_000

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: Object.keys(SUBJECTS) },
    rounds: { type: 'string', default: '5' },
    packages: { type: 'string', default: '60000' },
    json: { type: 'boolean', default: false },
  },
})
const rounds = Number(values.rounds)
const packages = Number(values.packages)
const unknown = values.only.filter((name) => !(name in SUBJECTS))
if (unknown.length > 0 || ![rounds, packages].every((count) => Number.isInteger(count) && count >= 1)) {
  console.error(
    `usage: --only ${Object.keys(SUBJECTS).join('|')} (repeatable), --rounds 1…, --packages 1… (of import), --json`,
  )
  process.exit(2)
}

const limit = setTimeout(() => {
  console.error(`the bench did not end within ${RUN_MS_MAX / 60_000} minutes`)
  process.exit(1)
}, RUN_MS_MAX)
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))

/** Once more where it fails: on a machine that stalls, a leader may be replaced in the middle of a measurement. */
async function measure(name: string, bed: Bed): Promise<Figure[]> {
  const subject = SUBJECTS[name] ?? floors
  try {
    return await subject(bed)
  } catch (error) {
    say(`  failed, once more on a new cluster: ${error instanceof Error ? error.message : error}`)
    await bed.dropCluster()
    return subject(bed)
  }
}

const figures: Figure[] = []
const say = values.json ? console.error : console.log
say(
  `medians of ${rounds} alternating rounds; three nodes and the client share this machine; the client is bare stubs`,
)
{
  await using bed = new Bed(rounds, packages)
  for (const name of values.only) {
    say(`\n${name}`)
    for (const figure of await measure(name, bed)) {
      figures.push(figure)
      say(`  ${formatFigure(figure)}`)
    }
  }
}
const missed = figures.filter((figure) => figure.met === false)
if (values.json) console.log(JSON.stringify(figures, undefined, 2))
say(`\n${figures.filter((figure) => figure.met).length} goals met, ${missed.length} not met`)
clearTimeout(limit)
process.exit(0)
