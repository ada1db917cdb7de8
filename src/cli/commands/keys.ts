import { bytesToHex } from '../../model/codec.js'
import { publicKeyPem } from '../../trust/signer.js'
import type { CommandContext } from '../command-context.js'
import type { StoredKey } from '../key-folder.js'

/** `ggen-market keys generate` */
export async function keysGenerate(
  context: CommandContext,
  options: { readonly default?: boolean },
): Promise<void> {
  const key = await context.keys.generate({ makeDefault: options.default ?? false })
  context.output.result(shownKey(key), [
    `made key ${key.signer.keyId}${key.isDefault ? ', the default' : ''}`,
    `kept in ${key.path}, readable by you alone; keep a copy`,
  ])
}

/** `ggen-market keys list` */
export async function keysList(context: CommandContext): Promise<void> {
  const keys = await context.keys.list()
  context.output.result(
    { keys: keys.map(shownKey) },
    keys.length === 0
      ? ['no keys yet; `ggen-market keys generate` makes one']
      : keys.map((key) => `${key.signer.keyId}  ${key.path}${key.isDefault ? '  (default)' : ''}`),
  )
}

/** `ggen-market keys export [KEY]`: the public half. */
export async function keysExport(context: CommandContext, named: string | undefined): Promise<void> {
  const { signer } = await context.signingKey(named, { make: false })
  const pem = publicKeyPem(signer)
  context.output.result({ keyId: signer.keyId, publicKey: bytesToHex(signer.publicKey), publicKeyPem: pem }, [
    pem.trimEnd(),
  ])
}

function shownKey({ signer, path, isDefault }: StoredKey): Record<string, unknown> {
  return { keyId: signer.keyId, publicKey: bytesToHex(signer.publicKey), file: path, default: isDefault }
}
