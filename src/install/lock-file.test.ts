import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseExactId } from '../cli/package-argument.js'
import { toPackageName } from '../model/package-id.js'
import { EMPTY_LOCK, type Lock, readLock, withPackage, writeLock } from './lock-file.js'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ggen-lock-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

describe('the lock', () => {
  const locked = (name: string, version: string) =>
    ({
      id: parseExactId(`${name}@${version}`),
      contentHash: { algorithm: 'sha256', digest: 'ab'.repeat(32) },
      keyIds: ['0123456789abcdef'],
      dependencies: [{ name: 'constructor', requirement: '^1.0.0', kind: 'normal' }],
    }) as unknown as Lock['packages'][number]

  it('comes back as it was written, sorted, with one entry for each package', async () => {
    const b = { name: toPackageName('b'), requirement: '^1.1.0', optional: true }
    let lock = withPackage(EMPTY_LOCK, locked('b', '1.0.0'), { ...b, requirement: '^1.0.0' })
    lock = withPackage(lock, locked('acme/a', '1.0.0'))
    lock = withPackage(lock, locked('b', '1.1.0'), b)
    await writeLock(folder, { ...lock, historyId: '0a'.repeat(16), index: 9 })
    const read = await readLock(folder)
    expect(read?.packages.map(({ id }) => [id.namespace, id.name, id.version])).toEqual([
      ['acme', 'a', '1.0.0'],
      [undefined, 'b', '1.1.0'],
    ])
    expect(read).toMatchObject({
      historyId: '0a'.repeat(16),
      index: 9,
      requirements: [{ name: 'b', requirement: '^1.1.0', optional: true }],
    })
    expect(JSON.parse(await readFile(join(folder, 'ggen-market.lock'), 'utf8')).lockVersion).toBe(1)
  })

  it.each([
    '',
    '{',
    '{}',
    'null',
    '[]',
    '{"lockVersion":2}',
    '{"lockVersion":1,"index":1,"requirements":[null],"packages":[]}',
    '{"lockVersion":1,"index":1,"requirements":[],"packages":[null]}',
    '{"lockVersion":1,"index":1,"requirements":[],"packages":[{"id":{"name":"x","version":"1.0.0"}}]}',
    '{"lockVersion":1,"index":-1}',
    '{"lockVersion":1,"index":1,"requirements":[],"packages":[{"id":{"name":"../x","version":"1.0.0"}}]}',
    '{"lockVersion":1,"index":1,"requirements":[],"packages":[{"id":{"name":"x","version":"1.0.0"},"contentHash":{"digest":"zz"}}]}',
    `{"lockVersion":1,"index":1,"requirements":[],"packages":[{"id":{"name":"x","version":"1.0.0"},"contentHash":{"digest":"${'ab'.repeat(32)}"},"keyIds":[]}]}`,
  ])('that reads %s is refused, naming the file', async (text) => {
    await writeFile(join(folder, 'ggen-market.lock'), text)
    await expect(readLock(folder)).rejects.toMatchObject({
      reason: 'FILE_INVALID',
      field: join(folder, 'ggen-market.lock'),
      message: expect.not.stringMatching(/undefined|properties|destructure/),
    })
  })

  it('that cannot be written leaves the one that was there', async () => {
    await writeLock(folder, EMPTY_LOCK)
    const before = await readFile(join(folder, 'ggen-market.lock'), 'utf8')
    await expect(writeLock(join(folder, 'ggen-market.lock'), EMPTY_LOCK)).rejects.toThrow()
    expect(await readFile(join(folder, 'ggen-market.lock'), 'utf8')).toBe(before)
  })
})
