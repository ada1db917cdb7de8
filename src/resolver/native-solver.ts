import type { NativeResolution } from '../../native/index.js'
import { assert } from '../model/assert.js'
import { type ErrorReason, MarketplaceError } from '../model/error.js'
import { loadNativeModule, type NativeModule } from '../runtime/native-module.js'
import type { DependencySolver, Fed, SolveRequest, Solving, Step } from './solver.js'

/** Codes of native/resolver/src/message.rs, but INTERNAL. */
const REASONS: Readonly<Record<string, { readonly reason: ErrorReason; readonly help: string }>> = {
  LIMIT_EXCEEDED: { reason: 'LIMIT_EXCEEDED', help: 'ask for less at once, or narrow the requirements' },
  DEADLINE: {
    reason: 'DEADLINE',
    help: 'narrow the requirements: exact ones are resolved faster; or allow more time',
  },
  CANCELLED: { reason: 'CANCELLED', help: 'call again if the answer is still wanted' },
}

/** PubGrub in the native module. Where that is missing, a registry of one's own process has {@link ./plain-solver.js!PlainSolver}. */
export class NativeSolver implements DependencySolver {
  #module: NativeModule | undefined

  /** @param load finds the module when it is first needed; default: the one built here */
  constructor(private readonly load: () => NativeModule = loadNativeModule) {}

  begin(): Solving {
    this.#module ??= this.load()
    return new NativeSolving(new this.#module.NativeResolution())
  }
}

class NativeSolving implements Solving {
  constructor(private readonly resolution: NativeResolution) {}

  async start(request: SolveRequest): Promise<Step> {
    return read(await this.resolution.start(JSON.stringify(request)))
  }

  async feed(fed: Fed): Promise<Step> {
    return read(await this.resolution.feed(JSON.stringify(fed)))
  }

  cancel(): void {
    this.resolution.cancel()
  }
}

function read(text: string): Step {
  const answer = JSON.parse(text) as { ok?: Step; error?: { code: string; message: string } }
  if (answer.ok !== undefined) return answer.ok
  assert(answer.error !== undefined, 'the solver answers with a step or an error')
  const { code, message } = answer.error
  const known = REASONS[code]
  assert(known !== undefined, `the solver failed: ${message}`)
  throw new MarketplaceError({ ...known, message })
}
