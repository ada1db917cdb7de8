import type { RegisterOutcome, Registry } from '../interface/registry.js'
import { MarketplaceError } from '../model/error.js'
import type { SignedVersion } from '../model/signed-write.js'

/** Registers one version after the other, in a registry that has no stream for many. */
export async function* registerEach(
  registry: Registry,
  versions: AsyncIterable<SignedVersion>,
): AsyncGenerator<RegisterOutcome, void, undefined> {
  let position = 0
  for await (const version of versions) {
    try {
      yield { position, receipt: await registry.register(version) }
    } catch (error) {
      if (!(error instanceof MarketplaceError)) throw error
      yield { position, error }
    }
    position++
  }
}
