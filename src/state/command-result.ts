import { assertNever } from '../model/assert.js'
import { DecodeError, type Decoder, type Encoder } from '../model/codec.js'
import { type ErrorReason, isErrorReason, MarketplaceError } from '../model/error.js'
import { decodePackageId, encodePackageId } from '../model/metadata-codec.js'
import type { PackageId } from '../model/package-id.js'

/** The version stands. `created` is false where the same content stood there before; id and index are then its own. */
export interface RegisteredResult {
  readonly type: 'registered'
  readonly created: boolean
  /** As first published, build metadata included. */
  readonly id: PackageId
  /** Log index of the publish that made it. */
  readonly index: number
  /** Log time of that publish. */
  readonly publishedAtMs: number
}

/** A yank, unyank or deprecation. `changed` is false where it stood so already. */
export interface ChangedResult {
  readonly type: 'changed'
  readonly changed: boolean
  readonly id: PackageId
  /** Log index of this command. */
  readonly index: number
}

/** A change of owners. `changed` is false where it stood so already. */
export interface OwnersChangedResult {
  readonly type: 'ownersChanged'
  readonly changed: boolean
  /** Log index of this command. */
  readonly index: number
}

/** A quota was set. `changed` is false where it stood so already. */
export interface QuotaSetResult {
  readonly type: 'quotaSet'
  readonly changed: boolean
  /** Log index of this command. */
  readonly index: number
}

/** `counted` is false where this node's epoch was counted before. */
export interface CountedResult {
  readonly type: 'counted'
  readonly counted: boolean
}

export interface TickedResult {
  readonly type: 'ticked'
}

/** Nothing changed, and why. */
export interface RefusedResult {
  readonly type: 'refused'
  readonly reason: ErrorReason
  readonly message: string
  readonly help: string
  readonly field?: string
  readonly details: Readonly<Record<string, string>>
}

/** What a command came to. Refusals are results: they are replicated and, but for those about copies, remembered like successes. */
export type CommandResult =
  | RegisteredResult
  | ChangedResult
  | OwnersChangedResult
  | QuotaSetResult
  | CountedResult
  | TickedResult
  | RefusedResult

/** A refusal, in the parts of the error that the caller will see. */
export function refused(parts: {
  reason: ErrorReason
  message: string
  help: string
  field?: string
  details?: Readonly<Record<string, string>>
}): RefusedResult {
  return { type: 'refused', details: {}, ...parts }
}

/** The error that a refusal stands for. */
export function refusalError(result: RefusedResult): MarketplaceError {
  const { reason, message, help, field, details } = result
  return new MarketplaceError({ reason, message, help, field, details })
}

const TYPE_CODE = {
  registered: 1,
  changed: 2,
  counted: 3,
  ticked: 4,
  refused: 5,
  ownersChanged: 6,
  quotaSet: 7,
} as const

/** Part of a remembered request. */
export function encodeResult(out: Encoder, result: CommandResult): void {
  out.byte(TYPE_CODE[result.type])
  switch (result.type) {
    case 'registered':
      out.bool(result.created)
      encodePackageId(out, result.id)
      out.uint(result.index).uint(result.publishedAtMs)
      break
    case 'changed':
      out.bool(result.changed)
      encodePackageId(out, result.id)
      out.uint(result.index)
      break
    case 'ownersChanged':
    case 'quotaSet':
      out.bool(result.changed).uint(result.index)
      break
    case 'counted':
      out.bool(result.counted)
      break
    case 'ticked':
      break
    case 'refused': {
      out.text(result.reason).text(result.message).text(result.help)
      out.optional(result.field, (field) => out.text(field))
      const details = Object.entries(result.details).sort(([a], [b]) => (a < b ? -1 : 1))
      out.list(details, ([name, value]) => out.text(name).text(value))
      break
    }
    default:
      assertNever(result, 'command result')
  }
}

/** @throws DecodeError */
export function decodeResult(input: Decoder): CommandResult {
  const code = input.byte()
  switch (code) {
    case TYPE_CODE.registered:
      return {
        type: 'registered',
        created: input.bool(),
        id: decodePackageId(input),
        index: input.uint(),
        publishedAtMs: input.uint(),
      }
    case TYPE_CODE.changed:
      return { type: 'changed', changed: input.bool(), id: decodePackageId(input), index: input.uint() }
    case TYPE_CODE.ownersChanged:
      return { type: 'ownersChanged', changed: input.bool(), index: input.uint() }
    case TYPE_CODE.quotaSet:
      return { type: 'quotaSet', changed: input.bool(), index: input.uint() }
    case TYPE_CODE.counted:
      return { type: 'counted', counted: input.bool() }
    case TYPE_CODE.ticked:
      return { type: 'ticked' }
    case TYPE_CODE.refused: {
      const reason = input.text()
      if (!isErrorReason(reason)) throw new DecodeError(`reason ${reason}`)
      const message = input.text()
      const help = input.text()
      const field = input.optional(() => input.text())
      const details = Object.fromEntries(input.list(() => [input.text(), input.text()] as const))
      return { type: 'refused', reason, message, help, ...(field === undefined ? {} : { field }), details }
    }
    default:
      throw new DecodeError(`result type ${code}`)
  }
}
