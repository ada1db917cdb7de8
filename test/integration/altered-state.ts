import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { keys } from '../../src/state/key-layout.js'
import { seal, unseal } from '../../src/state/stored-value.js'

/** Changes one value of a node's state, while it is down, under a checksum that holds: what only a comparison finds. */
export async function alterState(dataFolder: string): Promise<void> {
  const state = join(dataFolder, (await readFile(join(dataFolder, 'CURRENT'), 'utf8')).trim())
  const level = new ClassicLevel<Uint8Array, Uint8Array>(state, {
    keyEncoding: 'view',
    valueEncoding: 'view',
  })
  const key = keys.recent(3)
  const stored = await level.get(key)
  const body = unseal(key, stored as Uint8Array).slice()
  body[body.length - 1] = (body[body.length - 1] as number) ^ 1
  await level.put(key, seal(key, body), { sync: true })
  await level.close()
}
