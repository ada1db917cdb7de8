import { createRequire, syncBuiltinESMExports } from 'node:module'

const require = createRequire(import.meta.url)

/** The real event loop's next turn, kept before anything is forbidden. */
const realSetImmediate = setImmediate
/** Called through its owner, which the loop of Node asks for. */
const realNextTick = (callback: () => void) => process.nextTick(callback)

function forbid(what: string): () => never {
  return () => {
    throw new Error(
      `${what} was used inside the simulation: time and chance come from the injected Clock and Random`,
    )
  }
}

/** Dates of given moments only: the present is not to be had. */
function timelessDate(): DateConstructor {
  const now = forbid('Date.now')
  const none = forbid('new Date()')
  return new Proxy(Date, {
    get: (target, key) => (key === 'now' ? now : Reflect.get(target, key)),
    apply: none,
    construct: (target, given, newTarget) =>
      given.length === 0 ? none() : (Reflect.construct(target, given, newTarget) as object),
  })
}

/**
 * Replaces the process's clocks, timers and chance by functions that throw, until the returned function is called.
 * What slips past the interfaces of runtime would make two runs of one seed differ; here it fails the run instead.
 */
export function forbidRealWorld(): () => void {
  const undo: (() => void)[] = []
  const replace = (owner: object, key: string, value: unknown) => {
    const before = Object.getOwnPropertyDescriptor(owner, key)
    Object.defineProperty(owner, key, {
      value,
      writable: true,
      configurable: true,
      enumerable: before?.enumerable ?? false,
    })
    undo.push(() => {
      // What was inherited is seen again when nothing hides it.
      if (before === undefined) Reflect.deleteProperty(owner, key)
      else Object.defineProperty(owner, key, before)
    })
  }
  for (const name of ['setTimeout', 'setInterval', 'setImmediate']) replace(globalThis, name, forbid(name))
  replace(Math, 'random', forbid('Math.random'))
  replace(globalThis, 'Date', timelessDate())
  replace(performance, 'now', forbid('performance.now'))
  const crypto = require('node:crypto') as object
  for (const name of ['randomBytes', 'randomInt', 'randomUUID'])
    replace(crypto, name, forbid(`crypto.${name}`))
  replace(process, 'hrtime', forbid('process.hrtime'))
  syncBuiltinESMExports()
  return () => {
    for (const step of undo.reverse()) step()
    syncBuiltinESMExports()
  }
}

/** So many times in a row nothing but microtasks is waited for; then the real event loop has its turn. */
const TURN_EVERY = 1_000
let waits = 0

/**
 * Resolves when every microtask, and what it queued, has run: ticks of the process come after them. A turn of the real event loop
 * would do the same and ask the operating system for what cannot have happened: there is nothing real to wait for. To be called
 * from a microtask: ticks of a callback of the loop come before its microtasks.
 */
export function quiet(): Promise<void> {
  return ++waits % TURN_EVERY === 0 ? turn() : new Promise((resolve) => realNextTick(resolve))
}

/** Resolves after a turn of the real event loop, which closes what was let go of. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    realSetImmediate(resolve)
  })
}
