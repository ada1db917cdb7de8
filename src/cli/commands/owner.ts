import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { MarketplaceClient } from '../../client/marketplace-client.js'
import { bytesToHex, hexToBytes } from '../../model/codec.js'
import { MarketplaceError } from '../../model/error.js'
import type { KeyId } from '../../model/metadata.js'
import { formatOwnerScope, type OwnerScope } from '../../model/owner-scope.js'
import { parsePackageRef, toNamespace } from '../../model/package-id.js'
import { keyIdOf } from '../../trust/public-key.js'
import { publicKeyFromPem, type Signer } from '../../trust/signer.js'
import { type CommandContext, readDemand, type StaleOption } from '../command-context.js'

export interface OwnerOptions {
  readonly key?: string
}

/** `ggen-market owner add SCOPE KEY` */
export async function ownerAdd(
  context: CommandContext,
  name: string,
  key: string,
  options: OwnerOptions,
): Promise<void> {
  const scope = parseScope(name)
  const publicKey = await findPublicKey(context, key)
  await change(context, scope, keyIdOf(publicKey), options, (client, signer) =>
    client.addOwner(scope, publicKey, signer),
  )
}

/** `ggen-market owner remove SCOPE KEY` */
export async function ownerRemove(
  context: CommandContext,
  name: string,
  key: string,
  options: OwnerOptions,
): Promise<void> {
  const scope = parseScope(name)
  const keyId = isKeyId(key) ? key : keyIdOf(await findPublicKey(context, key))
  await change(context, scope, keyId, options, (client, signer) => client.removeOwner(scope, keyId, signer))
}

/** `ggen-market owner transfer SCOPE KEY` */
export async function ownerTransfer(
  context: CommandContext,
  name: string,
  key: string,
  options: OwnerOptions,
): Promise<void> {
  const scope = parseScope(name)
  const publicKey = await findPublicKey(context, key)
  await change(context, scope, keyIdOf(publicKey), options, (client, signer) =>
    client.transferOwnership(scope, publicKey, signer),
  )
}

/** `ggen-market owner list SCOPE` */
export async function ownerList(context: CommandContext, name: string, options: StaleOption): Promise<void> {
  const scope = parseScope(name)
  const answer = await context
    .withClient((client) => client.listOwners(scope, readDemand(options)))
    .catch((error: unknown) => toldOfScope(scope, error))
  const inherited = scope.name !== undefined && answer.scope.name === undefined
  context.output.result(
    {
      scope: shownScope(answer.scope),
      owners: answer.owners.map(({ keyId, publicKey }) => ({ keyId, publicKey: bytesToHex(publicKey) })),
      index: answer.index,
    },
    [
      `${formatOwnerScope(scope)} belongs to${inherited ? `, by its namespace ${answer.scope.namespace}` : ''}:`,
      ...answer.owners.map(({ keyId, publicKey }) => `  ${keyId}  ${bytesToHex(publicKey)}`),
    ],
  )
}

async function change(
  context: CommandContext,
  scope: OwnerScope,
  owner: KeyId,
  options: OwnerOptions,
  send: (client: MarketplaceClient, signer: Signer) => Promise<{ changed: boolean; index: number }>,
): Promise<void> {
  const { signer } = await context.signingKey(options.key, { make: false })
  const { receipt, owners } = await context
    .withClient(async (client) => {
      const sent = await send(client, signer)
      return { receipt: sent, owners: (await client.listOwners(scope)).owners.map(({ keyId }) => keyId) }
    })
    .catch((error: unknown) => toldOfScope(scope, error))
  context.output.result(
    { scope: shownScope(scope), owner, owners, changed: receipt.changed, index: receipt.index },
    [
      `${formatOwnerScope(scope)} belongs to ${owners.join(', ')}${receipt.changed ? '' : ', as before: nothing was changed'}`,
    ],
  )
}

/** A single word names a package; who means a namespace is told how to write it. */
function toldOfScope({ namespace, name }: OwnerScope, error: unknown): never {
  const isWord = error instanceof MarketplaceError && namespace === undefined && name !== undefined
  if (!isWord || error.reason !== 'PACKAGE_NOT_FOUND') throw error
  throw new MarketplaceError({
    reason: error.reason,
    field: 'SCOPE',
    message: error.message,
    help: `check the name; if ${name} is a namespace, write it with a slash: ${name}/`,
    cause: error,
  })
}

/** `NAME`, `NAMESPACE/NAME`, or `NAMESPACE/` for a whole namespace. */
function parseScope(text: string): OwnerScope {
  const plain = text.startsWith('@') ? text.slice(1) : text
  if (plain.endsWith('/')) return { namespace: toNamespace(plain.slice(0, -1), 'SCOPE') }
  return parsePackageRef(text, 'SCOPE')
}

function shownScope(scope: OwnerScope): Record<string, string> {
  return {
    ...(scope.namespace !== undefined && { namespace: scope.namespace }),
    ...(scope.name !== undefined && { name: scope.name }),
  }
}

function isKeyId(text: string): text is KeyId {
  return /^[0-9a-f]{16}$/.test(text)
}

/** 64 hex digits, a file as `keys export` writes it, or the id of a key of one's own. */
async function findPublicKey(context: CommandContext, text: string): Promise<Uint8Array> {
  if (/^[0-9a-f]{64}$/.test(text)) return hexToBytes(text)
  if (isKeyId(text)) {
    const own = (await context.keys.list()).find(({ signer }) => signer.keyId === text)
    if (own !== undefined) return own.signer.publicKey
    throw new MarketplaceError({
      reason: 'KEY_NOT_FOUND',
      field: 'KEY',
      message: `${text} is none of your keys, and a key id alone does not tell the key`,
      help: "give the other's public key: 64 hex digits, or the file that `ggen-market keys export` writes for them",
    })
  }
  const path = resolve(context.surroundings.workFolder, text)
  return publicKeyFromPem(await readFile(path, 'utf8'), text)
}
