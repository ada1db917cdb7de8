import { expect, it } from 'vitest'
import { quota, raise, register } from '../../test/state/history.js'
import { Replica } from '../../test/state/replica.js'
import { CLUSTER_VERSION } from '../model/command.js'
import { formatQuotaScope } from '../model/quota-scope.js'

async function counting(): Promise<Replica> {
  const replica = await Replica.open()
  await replica.apply(raise(CLUSTER_VERSION))
  return replica
}

/** `acme 20 bytes of 30, 2 versions of -` of each namespace. */
async function uses(replica: Replica): Promise<string[]> {
  await using view = replica.view()
  const lines: string[] = []
  for (const { scope, bytes, versions, bytesMax, versionsMax } of await view.listNamespaceUses(undefined, 10))
    lines.push(
      `${formatQuotaScope(scope)} ${bytes} bytes of ${bytesMax ?? '-'}, ${versions} versions of ${versionsMax ?? '-'}`,
    )
  return lines
}

it('a version that just fits its namespace is taken, and one byte more is refused', async () => {
  const replica = await counting()
  await replica.apply(quota('acme', { bytesMax: 9 }, 1))
  const five = { content: '12345' }
  expect(await replica.apply(register('acme/web@1.0.0', five))).toMatchObject({ created: true })
  expect(await replica.apply(register('acme/web@1.1.0', { content: '54321' }))).toMatchObject({
    type: 'refused',
    reason: 'QUOTA_EXCEEDED',
    message: 'quota of namespace acme: 5 of 9 bytes used, 5 more offered',
    details: { unit: 'bytes', used: '5', offered: '5', limit: '9' },
  })
  expect(await replica.apply(register('acme/web@1.2.0', { content: '4321' }))).toMatchObject({
    created: true,
  })
  expect(await uses(replica)).toEqual(['acme 9 bytes of 9, 2 versions of -'])
})

it('the same content counts for each version that has it, and metadata alone counts as a version', async () => {
  const replica = await counting()
  await replica.apply(register('acme/web@1.0.0', { content: 'same' }))
  await replica.apply(register('acme/kit@1.0.0', { content: 'same' }))
  await replica.apply(register('acme/bare@1.0.0', { content: undefined, holders: [], leaseEndMs: 0 }))
  expect(await uses(replica)).toEqual(['acme 8 bytes of -, 3 versions of -'])
})

it('packages without a namespace have a quota of their own, together', async () => {
  const replica = await counting()
  await replica.apply(quota('/', { versionsMax: 1 }, 1))
  await replica.apply(register('lonely@1.0.0', { content: 'a' }))
  expect(await replica.apply(register('other@1.0.0', { content: 'a' }))).toMatchObject({
    reason: 'QUOTA_EXCEEDED',
    message: 'quota of the packages without a namespace: 1 of 1 versions used, 1 more offered',
    help: expect.stringContaining('cluster quota / --versions'),
  })
  expect(await replica.apply(register('acme/web@1.0.0', { content: 'a' }))).toMatchObject({ created: true })
})

it('a publish sent again is a success where no other version would fit', async () => {
  const replica = await counting()
  await replica.apply(register('acme/web@1.0.0', { request: 5 }))
  await replica.apply(quota('acme', { versionsMax: 0 }, 1))
  expect(await replica.apply(register('acme/web@1.0.0', { request: 6 }))).toMatchObject({ created: false })
})

it('a publish that a quota refused is judged anew, under the same request id, once that was raised', async () => {
  const replica = await counting()
  await replica.apply(quota('acme', { versionsMax: 0 }, 1))
  const command = register('acme/web@1.0.0', { request: 5 })
  expect(await replica.apply(command)).toMatchObject({ reason: 'QUOTA_EXCEEDED' })
  await replica.apply(quota('acme', {}, 2))
  expect(await replica.apply(command)).toMatchObject({ created: true })
})

it('a quota below what is held takes nothing away; setting it again changes nothing; none lifts it', async () => {
  const replica = await counting()
  await replica.apply(register('acme/web@1.0.0', { content: '12345' }))
  expect(await replica.apply(quota('acme', { bytesMax: 1 }, 1))).toMatchObject({ changed: true })
  expect(await replica.apply(quota('acme', { bytesMax: 1 }, 2))).toMatchObject({ changed: false })
  expect(await uses(replica)).toEqual(['acme 5 bytes of 1, 1 versions of -'])
  expect(await replica.apply(quota('acme', {}, 3))).toMatchObject({ changed: true })
  expect(await uses(replica)).toEqual(['acme 5 bytes of -, 1 versions of -'])
})

it('what was published before use was counted is counted when that begins', async () => {
  const replica = await Replica.open()
  await replica.apply(register('acme/web@1.0.0', { content: '12345' }))
  await replica.apply(register('lonely@1.0.0', { content: '1' }))
  await replica.apply(register('acme/web@1.1.0', { content: '12' }))
  expect(await uses(replica)).toEqual([])
  await replica.apply(raise(CLUSTER_VERSION))
  expect(await uses(replica)).toEqual([
    '/ 1 bytes of -, 1 versions of -',
    'acme 7 bytes of -, 2 versions of -',
  ])
})
