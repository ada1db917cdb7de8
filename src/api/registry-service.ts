import { toNamespace } from '../model/package-id.js'
import { change } from '../registry/change.js'
import { listByAuthor, listDependents, listPackages, listRecent, listVersions } from '../registry/listing.js'
import { getVersion, isYanked, resolveVersion } from '../registry/lookup.js'
import type { RegistryContext } from '../registry/ports.js'
import { publish } from '../registry/publish.js'
import { register } from '../registry/register.js'
import { dependencyResolver } from '../registry/resolve-dependencies.js'
import type { RegistryServiceHandlers } from '../rpc/gen/ggen/marketplace/v1/RegistryService.js'
import { type Received, required, type Sent, textOrAbsent, toCount } from '../wire/message.js'
import {
  packageVersionToMessage,
  publicKeyToMessage,
  signatureFromMessage,
  toBuffer,
} from '../wire/metadata-message.js'
import {
  contentHashFromMessage,
  packageIdFromMessage,
  packageIdToMessage,
  packageQueryFromMessage,
  packageRefFromMessage,
  packageRefToMessage,
} from '../wire/package-id-message.js'
import { readDemandFromMessage, requestIdFromMessage } from '../wire/request-options.js'
import { resolvedPackageToMessage, resolveRequestFromMessage } from '../wire/resolution-message.js'
import { packageSummaryToMessage, versionSummaryToMessage } from '../wire/summary-message.js'
import { type ApiContext, cancellable, failed, observe, streamOptions, unary } from './call.js'
import type { StreamLimits } from './call-limit.js'
import { ownerMethods } from './owner-methods.js'
import { listDemand, pageToMessage } from './paging.js'
import { registerMany } from './register-many.js'
import { registeredToMessage, versionFromMessage } from './registered-version.js'
import { statisticsMethods } from './statistics-methods.js'
import { openUpload } from './upload.js'
import { watchMethod } from './watch.js'

/** ggen.marketplace.v1.RegistryService: reads messages, calls the use case, writes messages. */
export function registryService(
  registry: RegistryContext,
  api: ApiContext,
  limits: StreamLimits,
): RegistryServiceHandlers {
  const { historyId } = registry.state
  const resolveDependencies = dependencyResolver(registry)
  return {
    ...ownerMethods(registry, api),
    ...statisticsMethods(registry, api),
    Watch: watchMethod(registry, api, limits.watches),
    Register: unary(api, 'Register', async (request: Received<'RegisterRequest'>, options) =>
      registeredToMessage(await register(registry, versionFromMessage(request), options), historyId),
    ),
    RegisterMany: registerMany(registry, api),
    Publish: (call, callback) => {
      const startMs = api.clock.monotonicMs()
      const work = async () => {
        const { header, chunks } = await openUpload<Received<'PublishHeader'>>(call, api.clock)
        const version = {
          ...versionFromMessage(header),
          contentHash: contentHashFromMessage(required(header.contentHash, 'content_hash'), 'content_hash'),
          sizeBytes: toCount(header.sizeBytes, 'size_bytes'),
        }
        return publish(registry, version, chunks, streamOptions(call, api.clock))
      }
      limits.uploads.hold(work).then(
        (registered) => {
          observe(api, 'Publish', startMs)
          callback(null, registeredToMessage(registered, historyId))
        },
        (error: unknown) => callback(failed(api, 'Publish', startMs, error)),
      )
    },
    Get: unary(api, 'Get', async (request: Received<'GetRequest'>, options) => {
      const query = packageQueryFromMessage(required(request.id, 'id'), 'id')
      const demand = { ...readDemandFromMessage(request), includeReadme: request.includeReadme }
      const found = await getVersion(registry, query, demand, options)
      return {
        index: found.index,
        historyId,
        version: packageVersionToMessage(found.version),
        publicKeys: found.keys.map(publicKeyToMessage),
        readme: found.readme === undefined ? NO_BYTES : toBuffer(found.readme),
        resembles: found.resembles.map(packageRefToMessage),
      }
    }),
    ListVersions: unary(api, 'ListVersions', async (request: Received<'ListVersionsRequest'>, options) => {
      const ref = packageRefFromMessage(required(request.ref, 'ref'), 'ref')
      const page = await listVersions(registry, ref, listDemand(request), options)
      return { ...pageToMessage(page, historyId), versions: page.entries.map(versionSummaryToMessage) }
    }),
    ResolveVersion: cancellable(
      api,
      'ResolveVersion',
      async (request: Received<'ResolveVersionRequest'>, options) => {
        const ref = packageRefFromMessage(required(request.ref, 'ref'), 'ref')
        const demand = readDemandFromMessage(request)
        const { index, version } = await resolveVersion(registry, ref, request.requirement, demand, options)
        return { index, historyId, version: versionSummaryToMessage(version) }
      },
    ),
    ResolveDependencies: cancellable(
      api,
      'ResolveDependencies',
      async (request: Received<'ResolveDependenciesRequest'>, options) => {
        const wanted = resolveRequestFromMessage(request)
        const demand = readDemandFromMessage(request)
        const { index, packages } = await resolveDependencies(wanted, demand, options)
        return { index, historyId, packages: packages.map(resolvedPackageToMessage) }
      },
    ),
    UpdateMetadata: unary(
      api,
      'UpdateMetadata',
      async (request: Received<'UpdateMetadataRequest'>, options) =>
        changeVersion(registry, 'deprecate', request, request.deprecated, options),
    ),
    Yank: unary(api, 'Yank', async (request: Received<'YankRequest'>, options) =>
      changeVersion(registry, 'yank', request, request.reason, options),
    ),
    Unyank: unary(api, 'Unyank', async (request: Received<'UnyankRequest'>, options) =>
      changeVersion(registry, 'unyank', request, '', options),
    ),
    IsYanked: unary(api, 'IsYanked', async (request: Received<'IsYankedRequest'>, options) => {
      const query = packageQueryFromMessage(required(request.id, 'id'), 'id')
      const found = await isYanked(registry, query, readDemandFromMessage(request), options)
      return { index: found.index, historyId, yanked: found.yanked, reason: found.reason ?? '' }
    }),
    ListPackages: unary(api, 'ListPackages', async (request: Received<'ListPackagesRequest'>, options) => {
      const text = textOrAbsent(request.namespace)
      const namespace = text === undefined ? undefined : toNamespace(text)
      const page = await listPackages(registry, namespace, listDemand(request), options)
      return { ...pageToMessage(page, historyId), packages: page.entries.map(packageSummaryToMessage) }
    }),
    ListByAuthor: unary(api, 'ListByAuthor', async (request: Received<'ListByAuthorRequest'>, options) => {
      const author = required(textOrAbsent(request.author), 'author')
      const page = await listByAuthor(registry, author, listDemand(request), options)
      return { ...pageToMessage(page, historyId), packages: page.entries.map(packageSummaryToMessage) }
    }),
    ListDependents: unary(
      api,
      'ListDependents',
      async (request: Received<'ListDependentsRequest'>, options) => {
        const ref = packageRefFromMessage(required(request.ref, 'ref'), 'ref')
        const page = await listDependents(registry, ref, listDemand(request), options)
        return { ...pageToMessage(page, historyId), packages: page.entries.map(packageSummaryToMessage) }
      },
    ),
    ListRecent: unary(api, 'ListRecent', async (request: Received<'ListRecentRequest'>, options) => {
      const page = await listRecent(registry, listDemand(request), options)
      return { ...pageToMessage(page, historyId), versions: page.entries.map(versionSummaryToMessage) }
    }),
  }
}

const NO_BYTES = Buffer.alloc(0)

/** The fields that the three changes share. */
type ChangeFields = Pick<
  Received<'YankRequest'>,
  'id' | 'signedAtMs' | 'signature' | 'publicKey' | 'requestId'
>

async function changeVersion(
  registry: RegistryContext,
  action: 'yank' | 'unyank' | 'deprecate',
  request: ChangeFields,
  text: string,
  options: { readonly deadlineMs?: number | undefined },
): Promise<Sent<'YankResponse'>> {
  const signature = request.signature
  const { index, id, changed } = await change(
    registry,
    {
      action,
      id: packageIdFromMessage(required(request.id, 'id'), 'id'),
      text: textOrAbsent(text),
      signedAtMs: toCount(request.signedAtMs, 'signed_at_ms'),
      signature: signature === null ? undefined : signatureFromMessage(signature, 'signature'),
      publicKey: request.publicKey,
      requestId: requestIdFromMessage(request.requestId),
    },
    options,
  )
  return { index, historyId: registry.state.historyId, id: packageIdToMessage(id), changed }
}
