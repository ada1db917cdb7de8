import type { ChangeCommand } from '../model/command.js'
import type { KeyId } from '../model/metadata.js'
import { decodePackageId, encodePackageId } from '../model/metadata-codec.js'
import type { PackageId } from '../model/package-id.js'
import { keys } from './key-layout.js'
import { bodyEncoder, readBody, type StateReader, type StateWriter } from './stored-value.js'

/** A signed change as it was accepted: enough to verify its signature again. Never trimmed. */
export interface AuditRecord {
  readonly action: ChangeCommand['type']
  readonly requestId: string
  readonly id: PackageId
  readonly text: string | undefined
  readonly signedAtMs: number
  readonly keyId: KeyId
  readonly signature: Uint8Array
}

const ACTIONS = ['yank', 'unyank', 'deprecate'] as const

export function writeAudit(writer: StateWriter, index: number, command: ChangeCommand): void {
  const out = bodyEncoder().byte(ACTIONS.indexOf(command.type)).hex(command.requestId, 16)
  encodePackageId(out, command.id)
  out.optional(command.text, (text) => out.text(text)).uint(command.signedAtMs)
  out.hex(command.verifiedKey.keyId, 8).bytes(command.signature)
  writer.put(keys.audit(index), out.view())
}

/** The signed change that was accepted at a log index. */
export function readAudit(reader: StateReader, index: number): AuditRecord | undefined {
  return readBody(reader, keys.audit(index), (input) => ({
    action: ACTIONS[input.byte()] ?? 'yank',
    requestId: input.hex(16),
    id: decodePackageId(input),
    text: input.optional(() => input.text()),
    signedAtMs: input.uint(),
    keyId: input.hex(8) as KeyId,
    signature: input.bytes().slice(),
  }))
}
