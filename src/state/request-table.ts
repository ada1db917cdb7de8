import { hash } from 'node:crypto'
import { assertNever } from '../model/assert.js'
import { bytesEqual } from '../model/codec.js'
import type {
  ChangeCommand,
  Command,
  OwnerCommand,
  QuotaCommand,
  RegisterCommand,
  RequestId,
} from '../model/command.js'
import { encodePackageId } from '../model/metadata-codec.js'
import { encodeOwnerScope } from '../model/owner-scope.js'
import { type CommandResult, decodeResult, encodeResult, refused } from './command-result.js'
import { isAboutCopies } from './holders.js'
import { keys } from './key-layout.js'
import type { Counters, StateSettings } from './meta.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter, stateCorrupt } from './stored-value.js'

/** The commands whose answers are remembered. Counters and ticks repeat harmlessly by themselves. */
export type RememberedCommand = RegisterCommand | ChangeCommand | OwnerCommand | QuotaCommand

export function isRemembered(command: Command): command is RememberedCommand {
  switch (command.type) {
    case 'tick':
    case 'checkpoint':
    case 'raiseVersion':
    case 'downloads':
    case 'dailyDownloads':
      return false
    default:
      return true
  }
}

/**
 * Answers that fall out of the table per entry. More than the one that an entry can add, so that a backlog drains while
 * writes go on; few, so that no entry takes long after a quiet night.
 */
export const EXPIRIES_PER_ENTRY = 4

/**
 * What the client said, without what the node that took the call added (holders, lease): a retry through another node is
 * the same request. The signed form covers metadata and content hash.
 */
export function requestFingerprint(command: RememberedCommand): Uint8Array {
  const out = bodyEncoder().text(command.type)
  switch (command.type) {
    case 'register':
      out
        .hex(command.signedFormSha256, 32)
        .optional(command.content, (content) => out.hex(content.sha256, 32))
      break
    case 'yank':
    case 'unyank':
    case 'deprecate':
      encodePackageId(out, command.id)
      out.optional(command.text, (text) => out.text(text)).uint(command.signedAtMs)
      out.hex(command.verifiedKey.keyId, 8)
      break
    case 'addOwner':
    case 'removeOwner':
    case 'transferOwnership':
      encodeOwnerScope(out, command.scope)
      out.hex(command.owner.keyId, 8).uint(command.signedAtMs).hex(command.verifiedKey.keyId, 8)
      break
    case 'setQuota': {
      const { bytesMax, versionsMax } = command.quota
      out.optional(command.namespace, (namespace) => out.text(namespace))
      out.optional(bytesMax, (max) => out.uint(max)).optional(versionsMax, (max) => out.uint(max))
      break
    }
    default:
      assertNever(command, 'remembered command')
  }
  return new Uint8Array(hash('sha256', out.view(), 'buffer'))
}

/** The remembered answer; REQUEST_ID_REUSED where the id answered another command. */
export function recallResult(
  reader: StateReader,
  requestId: RequestId,
  fingerprint: Uint8Array,
): CommandResult | undefined {
  const remembered = readBody(reader, keys.request(requestId), (input) => ({
    fingerprint: input.raw(32),
    result: decodeResult(input),
  }))
  if (remembered === undefined) return undefined
  if (bytesEqual(remembered.fingerprint, fingerprint)) return remembered.result
  return refused({
    reason: 'REQUEST_ID_REUSED',
    field: 'request_id',
    message: `request id ${requestId} was used for another write`,
    help: 'make a new random request id for every logical write',
  })
}

/** Refuses new writes while the table is full: it never forgets early. */
export function checkRoom(counters: Readonly<Counters>, settings: StateSettings): CommandResult | undefined {
  const held = counters.requestTail - counters.requestHead
  if (held < settings.requestTableMax) return undefined
  return refused({
    reason: 'REQUEST_TABLE_FULL',
    message: `${held} requests of the last ${settings.requestMemoryMs / 60_000} minutes are remembered, the limit`,
    help: 'send again later with the same request id',
  })
}

/**
 * Whether this is the answer to a request, whichever of its tries brought it. A refusal about copies, or for want of room or quota,
 * is not remembered: it speaks of one entry, and another of the same request is judged anew.
 */
export function isForGood(result: CommandResult): boolean {
  if (result.type !== 'refused') return true
  return (
    !isAboutCopies(result) && result.reason !== 'REQUEST_TABLE_FULL' && result.reason !== 'QUOTA_EXCEEDED'
  )
}

/** Stores an answer for requestMemoryMs of log time. */
export function rememberResult(
  writer: StateWriter,
  counters: Counters,
  requestId: RequestId,
  fingerprint: Uint8Array,
  result: CommandResult,
): void {
  const out = bodyEncoder().raw(fingerprint)
  encodeResult(out, result)
  writer.put(keys.request(requestId), out.view())
  writer.put(
    keys.requestQueue(counters.requestTail),
    bodyEncoder().hex(requestId, 16).uint(counters.logTimeMs).view(),
  )
  counters.requestTail++
}

/** Forgets what is older than requestMemoryMs, oldest first, at most {@link EXPIRIES_PER_ENTRY}. */
export function expireRequests(writer: StateWriter, counters: Counters, settings: StateSettings): void {
  for (let count = 0; count < EXPIRIES_PER_ENTRY && counters.requestHead < counters.requestTail; count++) {
    const key = keys.requestQueue(counters.requestHead)
    const oldest = readBody(writer, key, (input) => ({
      requestId: input.hex(16) as RequestId,
      atMs: input.uint(),
    }))
    if (oldest === undefined) throw stateCorrupt(`request queue has no entry ${counters.requestHead}`)
    if (oldest.atMs + settings.requestMemoryMs >= counters.logTimeMs) return
    writer.delete(keys.request(oldest.requestId))
    writer.delete(key)
    counters.requestHead++
  }
}
