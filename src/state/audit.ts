import { assertNever } from '../model/assert.js'
import { DecodeError, type Decoder } from '../model/codec.js'
import type { ChangeCommand, OwnerCommand } from '../model/command.js'
import type { KeyId } from '../model/metadata.js'
import { decodePackageId, encodePackageId } from '../model/metadata-codec.js'
import { decodeOwnerScope, encodeOwnerScope, type OwnerScope } from '../model/owner-scope.js'
import type { PackageId } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** What every signed change leaves: with what it changed, enough to verify its signature again. */
interface Signed {
  readonly requestId: string
  readonly signedAtMs: number
  readonly keyId: KeyId
  readonly signature: Uint8Array
}

export interface VersionAudit extends Signed {
  readonly action: ChangeCommand['type']
  readonly id: PackageId
  readonly text: string | undefined
}

export interface OwnerAudit extends Signed {
  readonly action: OwnerCommand['type']
  readonly scope: OwnerScope
  /** Who came or went. */
  readonly owner: KeyId
}

/** A signed change as it was accepted. Never trimmed. */
export type AuditRecord = VersionAudit | OwnerAudit

/** By the number that stands for each; never reused. */
const ACTIONS = [
  'yank',
  'unyank',
  'deprecate',
  'addOwner',
  'removeOwner',
  'transferOwnership',
] as const satisfies readonly AuditRecord['action'][]

export function writeAudit(writer: StateWriter, index: number, command: ChangeCommand | OwnerCommand): void {
  const out = bodyEncoder().byte(ACTIONS.indexOf(command.type)).hex(command.requestId, 16)
  if ('scope' in command) {
    encodeOwnerScope(out, command.scope)
    out.hex(command.owner.keyId, 8)
  } else {
    encodePackageId(out, command.id)
    out.optional(command.text, (text) => out.text(text))
  }
  out.uint(command.signedAtMs)
  out.hex(command.verifiedKey.keyId, 8).bytes(command.signature)
  writer.put(keys.audit(index), out.view())
}

/** The signed change that was accepted at a log index. */
export function readAudit(reader: StateReader, index: number): AuditRecord | undefined {
  return readBody(reader, keys.audit(index), (input) => {
    const action = ACTIONS[input.byte()]
    const requestId = input.hex(16)
    switch (action) {
      case 'yank':
      case 'unyank':
      case 'deprecate':
        return {
          action,
          requestId,
          id: decodePackageId(input),
          text: input.optional(() => input.text()),
          ...signedPart(input),
        }
      case 'addOwner':
      case 'removeOwner':
      case 'transferOwnership':
        return {
          action,
          requestId,
          scope: decodeOwnerScope(input),
          owner: input.hex(8) as KeyId,
          ...signedPart(input),
        }
      case undefined:
        throw new DecodeError('audited action')
      default:
        return assertNever(action, 'audited action')
    }
  })
}

function signedPart(input: Decoder): Omit<Signed, 'requestId'> {
  return { signedAtMs: input.uint(), keyId: input.hex(8) as KeyId, signature: input.bytes().slice() }
}
