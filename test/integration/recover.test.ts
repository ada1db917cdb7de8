import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RequestId } from '../../src/model/command.js'
import type { PackageId } from '../../src/model/package-id.js'
import { runCommand } from './command-line.js'
import { collect, newSigner, packageFixture } from './package-fixture.js'
import { TestCluster } from './test-cluster.js'

const signer = newSigner()
const REQUEST = 'ab'.repeat(16) as RequestId
let cluster: TestCluster
let identity: string

beforeAll(async () => {
  cluster = await TestCluster.start(3)
}, 60_000)

afterAll(async () => await cluster?.[Symbol.asyncDispose]())

const command = (args: readonly string[], ask?: (question: string) => Promise<string>) =>
  runCommand(args, { work: cluster.folder, ...(ask && { ask }) })

describe('a cluster that lost two of three members for ever', () => {
  test('goes on from the survivor in a new history, and refuses the others if they come back', async () => {
    const client = cluster.client(0)
    const kept = await packageFixture('acme/kept@1.0.0')
    const request = { metadata: kept.metadata, signers: [signer], requestId: REQUEST }
    await client.publish(request, kept.content)
    const before = client.written.historyId
    await client.get(kept.metadata.id as PackageId)
    for (const i of [0, 1, 2]) await cluster.stopNode(i)
    const data = cluster.node(0).config.dataFolder

    const survey = await command(['cluster', 'recover', '--data', data])
    expect([survey.code, survey.json]).toEqual([
      0,
      expect.objectContaining({
        nodeId: 'node-1',
        historyId: before,
        members: ['node-1', 'node-2', 'node-3'],
        packages: 1,
        blobsMissing: 0,
        recovered: false,
      }),
    ])
    identity = await readFile(join(data, 'identity'), 'utf8')
    const unconfirmed = await command(['cluster', 'recover', '--data', data, '--i-lost-the-others'])
    expect([unconfirmed.code, unconfirmed.json.error]).toEqual([
      2,
      expect.objectContaining({ field: '--yes' }),
    ])
    const no = await command(['cluster', 'recover', '--data', data, '--i-lost-the-others'], async () => 'no')
    expect([no.code, no.json.error.message]).toEqual([2, expect.stringContaining('nothing was changed')])
    expect(await readFile(join(data, 'identity'), 'utf8')).toBe(identity)

    const questions: string[] = []
    const recovered = await command(
      ['cluster', 'recover', '--data', data, '--i-lost-the-others'],
      async (question) => {
        questions.push(question)
        return 'node-1'
      },
    )
    expect([recovered.code, questions.length]).toEqual([0, 1])
    expect(recovered.json).toMatchObject({ recovered: true, formerHistoryId: before })

    await cluster.startNode(0)
    await cluster.ready(0)
    // What the client knew of the old history means nothing here, and it is told so.
    await expect(client.get(kept.metadata.id as PackageId)).rejects.toMatchObject({
      reason: 'HISTORY_MISMATCH',
    })
    const { version } = await client.get(kept.metadata.id as PackageId)
    expect(version.content?.sha256).toBe(kept.content.sha256)
    expect(await collect(client.download({ sha256: kept.content.sha256 }))).toEqual(kept.bytes)
    // A retry of before is still answered, not done again.
    expect(await client.publish(request, kept.content)).toMatchObject({ created: true })
    const next = await packageFixture('acme/kept@1.1.0')
    const receipt = await client.publish({ metadata: next.metadata, signers: [signer] }, next.content)
    expect(receipt.historyId).toBe(recovered.json.historyId)
    const status = await client.clusterStatus()
    expect(status.nodes.map(({ id }) => id)).toEqual(['node-1'])
    expect((await client.search({ query: 'kept' })).hits.length).toBe(1)

    for (const i of [1, 2]) {
      await expect(cluster.startNode(i)).rejects.toMatchObject({
        reason: 'HISTORY_MISMATCH',
        message: expect.stringContaining(`history ${before}`),
        help: expect.stringContaining('empty one'),
      })
    }
    // It goes on through restarts of its own.
    await cluster.stopNode(0)
    await cluster.startNode(0)
    await cluster.ready(0)
    await client.close()
  }, 60_000)

  test('a recovery that was cut off in the middle is recognised, and done again', async () => {
    await cluster.stopNode(0)
    const { dataFolder } = cluster.node(0).config
    const args = ['cluster', 'recover', '--data', dataFolder, '--i-lost-the-others', '--yes']
    await writeFile(join(dataFolder, 'identity'), identity)
    await expect(cluster.startNode(0)).rejects.toMatchObject({
      reason: 'STORAGE_CORRUPT',
      help: expect.stringContaining('cluster recover'),
    })
    expect(await command(args)).toMatchObject({ code: 0, json: { recovered: true } })
    await cluster.startNode(0)
    await cluster.ready(0)
    await using client = cluster.client(0)
    expect(
      (await client.get({ namespace: 'acme', name: 'kept', version: '1.1.0' } as PackageId)).index,
    ).toBeGreaterThan(0)
  }, 60_000)

  test('has nothing more to recover: the only member stays in its history, with the flag too', async () => {
    await cluster.stopNode(0)
    const { dataFolder } = cluster.node(0).config
    const before = await readFile(join(dataFolder, 'identity'), 'utf8')
    const { json: survey } = await command(['cluster', 'recover', '--data', dataFolder])
    for (const more of [[], ['--i-lost-the-others'], ['--i-lost-the-others', '--yes']]) {
      const args = ['cluster', 'recover', '--data', dataFolder, ...more]
      expect(await command(args)).toMatchObject({ code: 0, json: { members: ['node-1'], recovered: false } })
      expect((await command(args)).json).toEqual(survey)
      const shown = await runCommand(args, { work: cluster.folder, json: false })
      expect(shown.out).toContain('it is the only member already: nothing to recover')
      expect(shown.out).not.toContain('--i-lost-the-others')
    }
    expect(await readFile(join(dataFolder, 'identity'), 'utf8')).toBe(before)
    await cluster.startNode(0)
    await cluster.ready(0)
  }, 60_000)
})

describe('recover refuses', () => {
  test('what is no data folder, saying what it is; and one in use, naming the process', async () => {
    const at = (path: string) => command(['cluster', 'recover', '--data', join(cluster.folder, path)])
    await mkdir(join(cluster.folder, 'empty'))
    await writeFile(join(cluster.folder, 'file'), '')
    for (const [path, message] of [
      ['nowhere', /there is no folder/],
      ['file', /is a file/],
      ['empty', /no data folder of a node/],
    ] as const) {
      const { code, json } = await at(path)
      expect([code, json.error]).toEqual([
        2,
        expect.objectContaining({ reason: 'FILE_INVALID', message: expect.stringMatching(message) }),
      ])
    }
    const { code, json } = await at('node-1')
    expect([code, json.error.reason]).toEqual([4, 'FOLDER_LOCKED'])
    expect(json.error.message).toContain(String(process.pid))
  })

  test('a folder whose state is damaged, and one whose log lost its end', async () => {
    const source = cluster.node(1).config.dataFolder
    const copy = join(cluster.folder, 'copy')
    const damages = [
      ['STATE_CORRUPT', () => writeFile(join(copy, 'CURRENT'), '')],
      ['STORAGE_CORRUPT', () => writeFile(join(copy, 'wal', '0000000000000001.wal'), 'x')],
    ] as const
    for (const [reason, damage] of damages) {
      await rm(copy, { recursive: true, force: true })
      await cp(source, copy, { recursive: true })
      await damage()
      const { code, json } = await command([
        'cluster',
        'recover',
        '--data',
        copy,
        '--i-lost-the-others',
        '--yes',
      ])
      expect([code, json.error.reason]).toEqual([6, reason])
    }
  })
})
