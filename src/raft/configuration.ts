import { DecodeError, Decoder, Encoder } from '../model/codec.js'
import type { ClusterId, HistoryId, NodeId } from '../model/node-id.js'

export interface Member {
  readonly id: NodeId
  /** host:port of its peer service. */
  readonly address: string
}

/**
 * Who decides. In force from the moment its entry is appended, not committed (thesis §4.1); truncating that entry brings
 * back the one before. `outgoing` is the old half of a joint configuration (§4.3) and empty otherwise.
 */
export interface Configuration {
  readonly clusterId: ClusterId
  readonly historyId: HistoryId
  readonly voters: readonly Member[]
  readonly outgoing: readonly Member[]
  readonly learners: readonly Member[]
}

const CONFIGURATION_VERSION = 1

export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const out = new Encoder()
    .byte(CONFIGURATION_VERSION)
    .hex(configuration.clusterId, 16)
    .hex(configuration.historyId, 16)
  for (const members of [configuration.voters, configuration.outgoing, configuration.learners]) {
    out.list(members, (member) => out.text(member.id).text(member.address))
  }
  return out.finish()
}

/** @throws DecodeError */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  const input = new Decoder(bytes)
  const version = input.byte()
  if (version !== CONFIGURATION_VERSION) throw new DecodeError(`configuration version ${version}`)
  const clusterId = input.hex(16) as ClusterId
  const historyId = input.hex(16) as HistoryId
  const members = () => input.list(() => ({ id: input.text() as NodeId, address: input.text() }))
  const configuration = { clusterId, historyId, voters: members(), outgoing: members(), learners: members() }
  input.end()
  return configuration
}
