import { MarketplaceError } from '../model/error.js'
import type { SignedVersion } from '../model/signed-write.js'
import { givenVersion } from './local-input.js'
import type { CallOptions, RegistryContext } from './ports.js'
import { admitAside, type Registered, registerAdmitted } from './register.js'

/** The end of one registration among many. */
export type RegisterOutcome = {
  /** Of its version among those given, from 0. */
  readonly position: number
} & ({ readonly registered: Registered } | { readonly error: MarketplaceError })

/** Registrations of one caller under way at once, with the outcomes that it has not taken yet; the next is read when one is taken. */
export const UNDER_WAY_MAX = 256

/** Registrations of one caller: their signatures are verified beside each other, and they are proposed in the order in which they came. */
export class RegisterLine {
  /** Settles once the newest is admitted or refused, and so are all before it. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(private readonly context: RegistryContext) {}

  /** @throws what `register` throws */
  register(version: SignedVersion, options: CallOptions = {}): Promise<Registered> {
    const admitted = admitAside(this.context, version)
    // It may be refused while those before it are still looked at, when nobody listens yet.
    admitted.catch(() => {})
    const turn = this.#last.then(() => admitted)
    this.#last = turn.catch(() => {})
    return turn.then((verdict) => registerAdmitted(this.context, version, verdict, options))
  }
}

/**
 * Registers many versions, many at a time, so that they share the waits for disk and majority. Outcomes come as they are known, in any
 * order; a refusal does not end the others. Whoever stops listening leaves what is under way to its end.
 * @throws what is no MarketplaceError, and what the versions throw
 */
export async function* registerMany(
  context: RegistryContext,
  versions: AsyncIterable<SignedVersion>,
): AsyncGenerator<RegisterOutcome, void, undefined> {
  const line = new RegisterLine(context)
  const outcomes: RegisterOutcome[] = []
  let underWay = 0
  let ended = false
  let failure: { readonly error: unknown } | undefined
  const told = new Turnstile()
  const taken = new Turnstile()
  const fail = (error: unknown) => {
    failure ??= { error }
    told.open()
    taken.open()
  }
  const one = async (version: SignedVersion, position: number) => {
    try {
      outcomes.push({ position, registered: await line.register(givenVersion(version)) })
    } catch (error) {
      if (error instanceof MarketplaceError) outcomes.push({ position, error })
      else fail(error)
    }
    underWay--
    told.open()
  }
  const read = async () => {
    let position = 0
    for await (const version of versions) {
      if (ended || failure !== undefined) return
      underWay++
      void one(version, position++)
      while (underWay + outcomes.length >= UNDER_WAY_MAX && !ended && failure === undefined)
        await taken.passed()
    }
  }
  let reading = true
  void read()
    .catch(fail)
    .finally(() => {
      reading = false
      told.open()
    })
  try {
    for (;;) {
      for (let next = outcomes.shift(); next !== undefined; next = outcomes.shift()) {
        taken.open()
        yield next
      }
      if (failure !== undefined) throw failure.error
      if (!reading && underWay === 0) return
      await told.passed()
    }
  } finally {
    ended = true
    taken.open()
  }
}

/** Lets the one pass who waits, each time that it is opened; he looks then whether what he waited for is so. */
export class Turnstile {
  #open: () => void = () => {}

  passed(): Promise<void> {
    return new Promise((resolve) => {
      this.#open = resolve
    })
  }

  open(): void {
    this.#open()
  }
}
