import { assert } from '../model/assert.js'
import type { ChangeCommand, RequestId } from '../model/command.js'
import { MarketplaceError } from '../model/error.js'
import { LIMITS } from '../model/limit.js'
import type { PackageId } from '../model/package-id.js'
import type { SignedChange } from '../model/signed-write.js'
import { refusalError } from '../state/command-result.js'
import { verifyChange } from '../trust/admission.js'
import type { CallOptions, RegistryContext } from './ports.js'

export type { SignedChange } from '../model/signed-write.js'

export interface Changed {
  readonly index: number
  readonly id: PackageId
  /** False where it stood so already. */
  readonly changed: boolean
}

/**
 * Changes what is mutable about a version. Idempotent.
 * @throws INVALID_ARGUMENT, LIMIT_EXCEEDED, SIGNATURE_MISSING, SIGNATURE_INVALID, SIGNATURE_STALE, NOT_OWNER,
 *   PACKAGE_NOT_FOUND, VERSION_NOT_FOUND, NOT_PROPOSED, OUTCOME_UNKNOWN
 */
export async function change(
  context: Pick<RegistryContext, 'state' | 'verifier'>,
  request: SignedChange,
  options: CallOptions = {},
): Promise<Changed> {
  const { action, id, text, signedAtMs } = request
  const requestId = requireRequestId(request.requestId)
  checkText(text, action)
  checkTime(signedAtMs)
  const { signature } = request
  const { clusterId } = context.state
  const verifiedKey = verifyChange(
    { action, id, text, clusterId, requestId, signedAtMs },
    signature,
    request.publicKey,
    context.verifier,
  )
  assert(signature !== undefined, 'a change that was verified is signed')
  const command: ChangeCommand = {
    type: action,
    requestId,
    id,
    text,
    signedAtMs,
    verifiedKey,
    signature: signature.value,
  }
  const { result } = await context.state.propose(command, { deadlineMs: options.deadlineMs })
  if (result.type === 'refused') throw refusalError(result)
  assert(result.type === 'changed', () => `a ${action} ended in ${result.type}`)
  return { index: result.index, id: result.id, changed: result.changed }
}

function checkText(text: string | undefined, action: ChangeCommand['type']): void {
  if (text === undefined || Buffer.byteLength(text) <= LIMITS.textBytesMax) return
  throw new MarketplaceError({
    reason: 'LIMIT_EXCEEDED',
    field: action === 'yank' ? 'reason' : 'deprecated',
    message: `the text of a ${action} has ${Buffer.byteLength(text)} bytes, the limit is ${LIMITS.textBytesMax}`,
    help: 'shorten it',
    details: { limit: String(LIMITS.textBytesMax) },
  })
}

/** Latest time that RFC 3339 can write. */
const TIME_MS_MAX = 253_402_300_799_999

/** @throws INVALID_ARGUMENT */
export function checkTime(signedAtMs: number): void {
  if (signedAtMs > 0 && signedAtMs <= TIME_MS_MAX) return
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'signed_at_ms',
    message: `signed_at_ms ${signedAtMs} is no time`,
    help: 'send the time that was signed, in milliseconds since the Unix epoch',
  })
}

/** @throws INVALID_ARGUMENT where there is none: it is signed, so it cannot be made here */
export function requireRequestId(requestId: RequestId | undefined): RequestId {
  if (requestId !== undefined) return requestId
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'request_id',
    message: 'request_id is missing',
    help: 'make 16 random bytes, sign them with the change, and send them along',
  })
}
