import { expect } from 'vitest'
import type { PackageStore } from '../../src/interface/package-store.js'
import type { Registry } from '../../src/interface/registry.js'
import type { Replication } from '../../src/interface/replication.js'
import type { SearchEngine } from '../../src/interface/search-engine.js'
import { type ErrorReason, MarketplaceError } from '../../src/model/error.js'

/** What one implementation gives to the suites; one instance serves all tests, which keep out of each other's way by their names. */
export interface MarketHarness {
  readonly registry: Registry
  readonly store: PackageStore
  readonly search?: SearchEngine | undefined
  readonly replication?: Replication | undefined
  close(): Promise<void>
}

/** A refusal with this reason, which says what it is about and what to do. */
export async function expectRefusal(call: Promise<unknown>, reason: ErrorReason): Promise<MarketplaceError> {
  const error = await call.then(
    (answer) => {
      throw new Error(`${reason} was expected, and the answer is ${JSON.stringify(answer)}`)
    },
    (failure: unknown) => failure,
  )
  if (!(error instanceof MarketplaceError)) throw error
  expect(error.reason).toBe(reason)
  expect(error.message).not.toBe('')
  expect(error.help).not.toBe('')
  return error
}
