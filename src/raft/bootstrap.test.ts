import { describe, expect, test } from 'vitest'
import type { NodeId } from '../model/node-id.js'
import { bootstrapConfiguration, bootstrapState } from './bootstrap.js'
import { decodeConfiguration } from './configuration.js'

const members = [
  { id: 'node-1' as NodeId, address: 'a:7501' },
  { id: 'node-2' as NodeId, address: 'b:7501' },
]

describe('bootstrap', () => {
  test('gives every member the same first entry, in whatever order the others are named', () => {
    const one = bootstrapState({ clusterToken: 'secret', members })
    const other = bootstrapState({ clusterToken: 'secret', members: [...members].reverse() })
    expect(other).toEqual(one)
    expect(one.entries).toHaveLength(1)
    expect(decodeConfiguration(one.entries[0]?.payload ?? new Uint8Array())).toEqual(
      bootstrapConfiguration({ clusterToken: 'secret', members }),
    )
  })

  test('cluster and history id are of this token and these members only', () => {
    const ids = [
      bootstrapConfiguration({ clusterToken: 'secret', members }),
      bootstrapConfiguration({ clusterToken: 'other', members }),
      bootstrapConfiguration({ clusterToken: 'secret', members: members.slice(1) }),
    ].flatMap(({ clusterId, historyId }) => [clusterId, historyId])
    expect(new Set(ids).size).toBe(6)
    // Fixed for ever: another value would part a new build from the folders of an old one.
    expect(ids.slice(0, 2)).toMatchInlineSnapshot(`
      [
        "c27c2de371ff852ee7e53840996950ed",
        "f5903f1199817dc85a0d8ca45d011a0c",
      ]
    `)
  })
})
