import type { NamespaceQuota } from '../../client/quota-calls.js'
import type { Quota } from '../../model/command.js'
import { MarketplaceError } from '../../model/error.js'
import { formatQuotaScope, parseQuotaScope, type QuotaScope } from '../../model/quota-scope.js'
import { parseByteSize } from '../byte-size.js'
import type { CommandContext } from '../command-context.js'
import { counted, formatCount } from '../count.js'
import { formatBytes } from '../progress.js'

export interface QuotaOptions {
  readonly bytes?: string
  readonly versions?: string
  readonly none?: boolean
}

const PAGE_ENTRIES = 1_000

/** `ggen-market cluster quota [NAMESPACE]`: shows what namespaces hold and may hold, or sets it for one. */
export async function clusterQuota(
  context: CommandContext,
  name: string | undefined,
  options: QuotaOptions,
): Promise<void> {
  const bounds = boundsOf(options)
  if (name === undefined) {
    if (bounds !== undefined) throw nobodyNamed()
    return showAll(context)
  }
  const scope = parseQuotaScope(name, 'NAMESPACE')
  if (bounds === undefined) {
    const { quota, index } = await context.withCluster((client) => client.quotas.of(scope))
    return context.output.result({ quota: shown(quota), index }, [line(quota)])
  }
  await set(context, scope, bounds)
}

async function showAll(context: CommandContext): Promise<void> {
  const { quotas, index } = await context.withCluster(async (client) => {
    const first = await client.quotas.list({ pageSize: PAGE_ENTRIES })
    const all = [...first.entries]
    for (let pageToken = first.nextPageToken; pageToken !== undefined; ) {
      const page = await client.quotas.list({ pageSize: PAGE_ENTRIES, pageToken })
      all.push(...page.entries)
      pageToken = page.nextPageToken
    }
    return { quotas: all, index: first.index }
  })
  const lines = quotas.length === 0 ? ['no namespace holds anything, and none has a quota'] : quotas.map(line)
  context.output.result({ quotas: quotas.map(shown), index }, lines)
}

/** Of the two bounds, one that is not named stays as it is. */
async function set(context: CommandContext, scope: QuotaScope, bounds: Quota | 'none'): Promise<void> {
  const { changed, quota, index } = await context.withCluster(async ({ quotas }) => {
    if (bounds === 'none') return quotas.set(scope, {})
    const { bytesMax, versionsMax } = (await quotas.of(scope)).quota
    return quotas.set(scope, { bytesMax, versionsMax, ...bounds })
  })
  context.output.result({ quota: shown(quota), changed, index }, [
    line(quota) + (changed ? '' : '; as before: nothing was changed'),
  ])
}

function boundsOf({ bytes, versions, none }: QuotaOptions): Quota | 'none' | undefined {
  if (none === true) {
    if (bytes === undefined && versions === undefined) return 'none'
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: '--none',
      message: '--none lifts both bounds, and --bytes or --versions sets one',
      help: 'give the one or the other',
    })
  }
  if (bytes === undefined && versions === undefined) return undefined
  return {
    ...(bytes !== undefined && { bytesMax: parseByteSize(bytes, '--bytes') }),
    ...(versions !== undefined && { versionsMax: parseVersions(versions) }),
  }
}

function parseVersions(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: '--versions',
    message: `${JSON.stringify(text.slice(0, 40))} is no number of versions`,
    help: 'write a whole number, such as 1000',
  })
}

function nobodyNamed(): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'NAMESPACE',
    message: 'a quota is of one namespace, and none is named',
    help: 'name one, or / for the packages without a namespace: ggen-market cluster quota acme --bytes 10GiB',
  })
}

function line({ namespace, bytes, versions, bytesMax, versionsMax }: NamespaceQuota): string {
  const ofBytes = bytesMax === undefined ? '' : ` of ${formatBytes(bytesMax)}`
  const ofVersions = versionsMax === undefined ? '' : ` of ${formatCount(versionsMax)}`
  const held = `${formatBytes(bytes)}${ofBytes}, ${versionsMax === undefined ? counted(versions, 'version') : `${formatCount(versions)}${ofVersions} versions`}`
  const none = bytesMax === undefined && versionsMax === undefined ? '; no quota' : ''
  return `${formatQuotaScope(namespace)}: ${held}${none}`
}

/** `namespace` is `/` for the packages without one; a bound that is null is none. */
function shown({
  namespace,
  bytes,
  versions,
  bytesMax,
  versionsMax,
}: NamespaceQuota): Record<string, unknown> {
  return {
    namespace: formatQuotaScope(namespace),
    bytes,
    versions,
    bytesMax: bytesMax ?? null,
    versionsMax: versionsMax ?? null,
  }
}
