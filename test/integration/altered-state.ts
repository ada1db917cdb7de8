import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { ranges, TABLE } from '../../src/state/key-layout.js'
import { seal, unseal } from '../../src/state/stored-value.js'

/** Changes one value of a node's state, while it is down, under a checksum that holds: what only a comparison finds. */
export async function alterState(dataFolder: string): Promise<void> {
  const state = join(dataFolder, (await readFile(join(dataFolder, 'CURRENT'), 'utf8')).trim())
  const level = new ClassicLevel<Uint8Array, Uint8Array>(state, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  const { from: gte, to: lt } = ranges.table(TABLE.recent)
  const [pair] = await level.iterator({ gte, lt, limit: 1 }).all()
  const [key, stored] = pair as [Uint8Array, Uint8Array]
  const body = unseal(key, stored).slice()
  body[body.length - 1] = (body[body.length - 1] as number) ^ 1
  await level.put(key, seal(key, body), { sync: true })
  await level.close()
}
