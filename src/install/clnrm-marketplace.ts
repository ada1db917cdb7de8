import { join, resolve } from 'node:path'
import type { MarketplaceClient, SearchAnswer, SearchRequest } from '../client/marketplace-client.js'
import { defined } from '../model/assert.js'
import type { Digest } from '../model/content-hash.js'
import { MarketplaceError } from '../model/error.js'
import type { KeyId } from '../model/metadata.js'
import { formatPackageId, type PackageId, packageKey } from '../model/package-id.js'
import { install } from './install.js'
import { type Installation, projectOf } from './installation.js'
import type { Reporter } from './reporter.js'
import { foldKey } from './resolution.js'
import { parseWanted } from './wanted-package.js'

/** The kind of package that clnrm runs. */
const VALIDATOR = 'validator'

export interface ClnrmOptions {
  /** Folder of the project to install into: its nearest parent with a `ggen-market.lock`, else the folder. Default: the process's own. */
  readonly folder?: string | undefined
  /** Is told what happens. Default: nobody. */
  readonly reporter?: Reporter | undefined
}

/** Which validators are wanted; both parts must hold. */
export interface ValidatorQuery {
  /** As a person types it. Default: any. */
  readonly query?: string | undefined
  /** What the package must say it can do, in any case; of several, any will do. */
  readonly capability?: string | readonly string[] | undefined
}

/** A validator in its place. */
export interface InstalledValidator {
  readonly id: PackageId
  /** Absolute. */
  readonly folder: string
  readonly sha256: Digest
  /** Whose signatures over it were checked. */
  readonly keyIds: readonly KeyId[]
}

/**
 * Validators for clnrm, out of any registry that a client reaches.
 *
 * ```ts
 * const clnrm = new ClnrmMarketplace(client)
 * const { hits } = await clnrm.searchValidators({ capability: 'json-schema' })
 * const { folder } = await clnrm.installValidator('acme/schema-check@^1.0')
 * ```
 */
export class ClnrmMarketplace {
  readonly #place: Installation

  constructor(
    private readonly client: MarketplaceClient,
    private readonly options: ClnrmOptions = {},
  ) {
    this.#place = projectOf(resolve(options.folder ?? '.'))
  }

  /**
   * Packages of kind `validator`, by words or by what they say they can do; neither finds all of them.
   * @param wanted words, or {@link ValidatorQuery}
   */
  searchValidators(
    wanted: string | ValidatorQuery = '',
    request: Omit<SearchRequest, 'query'> = {},
  ): Promise<SearchAnswer> {
    const { query = '', capability = [] } = typeof wanted === 'string' ? { query: wanted } : wanted
    const capabilities = typeof capability === 'string' ? [capability] : capability
    const filter = {
      ...request.filter,
      kinds: [VALIDATOR],
      ...(capabilities.length > 0 && { capabilities }),
    }
    return this.client.search({ ...request, query, filter })
  }

  /**
   * Installs a validator and all that it needs as `ggen-market add` does: hashes and signatures checked, noted in the project's
   * lock, all of it or nothing.
   * @param name `NAME` or `NAME@REQUIREMENT`; a bare version means caret
   * @throws INVALID_ARGUMENT where the package is of another kind; INVALID_NAME, INVALID_REQUIREMENT and all that
   *   {@link install} throws
   */
  async installValidator(name: string): Promise<InstalledValidator> {
    const wanted = parseWanted(name)
    const { version: found } = await this.client.resolveVersion(wanted.ref, wanted.requirement ?? '*')
    const { kind, id } = (await this.client.get(found.id)).version.metadata
    if (kind !== VALIDATOR) throw noValidator(id, kind)
    const { installed } = await install(this.client, this.#place, { wanted: [wanted] }, this.options.reporter)
    const { locked, path } = defined(
      installed.find((each) => foldKey(each.locked.id) === foldKey(wanted.ref)),
      'what was named is installed',
    )
    const { contentHash, keyIds } = locked
    return {
      id: locked.id,
      folder: join(this.#place.folder, path),
      sha256: contentHash.digest,
      keyIds,
    }
  }
}

function noValidator(id: PackageId, kind: string): MarketplaceError {
  return new MarketplaceError({
    reason: 'INVALID_ARGUMENT',
    field: 'name',
    message: `${formatPackageId(id)} is of kind ${kind}, not a validator`,
    help: `nothing was installed; \`ggen-market add ${packageKey(id)}\` installs packages of every kind`,
  })
}
