import { spawnSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dropClaim, whileAlone } from './write-guard.js'

let packages: string
let path: string
beforeEach(async () => {
  packages = await mkdtemp(join(tmpdir(), 'ggen-guard-'))
  path = join(packages, '.writing')
})
afterEach(() => rm(packages, { recursive: true, force: true }))

test('several find the claim of a process that has ended: they come in one after the other, and leave nothing', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', ''])
  await writeFile(path, `${pid} 0011223344556677`)
  let inside = 0
  let most = 0
  const enter = async () => {
    most = Math.max(most, ++inside)
    await turn()
    inside--
  }
  await Promise.all(Array.from({ length: 10 }, () => whileAlone(packages, enter)))
  expect(most).toBe(1)
  expect(await readdir(packages)).toEqual([])
})

test('whoever comes late to remove a dead claim leaves the one that was made in its place', async () => {
  await writeFile(path, '100001 00000000000000aa')
  expect(await dropClaim(path, '100001 00000000000000aa')).toBe(true)
  await writeFile(path, '100002 00000000000000bb')
  expect(await dropClaim(path, '100001 00000000000000aa')).toBe(false)
  expect(await readFile(path, 'utf8')).toBe('100002 00000000000000bb')
  expect(await readdir(packages)).toEqual(['.writing'])
})

test('of two that remove the same dead claim one does', async () => {
  await writeFile(path, '100001 00000000000000aa')
  const removed = await Promise.all([
    dropClaim(path, '100001 00000000000000aa'),
    dropClaim(path, '100001 00000000000000aa'),
  ])
  expect(removed.filter((each) => each).length).toBeLessThanOrEqual(1)
  expect(await readdir(packages)).toEqual([])
})
