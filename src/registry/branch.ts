/** Bytes that one reader may be ahead of the other, give or take a chunk. */
const AHEAD_BYTES_MAX = 4 * 1024 * 1024

/**
 * One stream for two readers that both see every chunk, in step within {@link AHEAD_BYTES_MAX}. The source is read by
 * whoever is ahead. A reader that stops early no longer holds the other back; one that fails ends the other's stream through {@link Branches.fail}.
 */
export interface Branches {
  readonly first: AsyncIterable<Uint8Array>
  readonly second: AsyncIterable<Uint8Array>
  /** Ends both streams with an error. */
  fail(error: unknown): void
}

interface Branch {
  readonly queue: Uint8Array[]
  queuedBytes: number
  /** Wakes its reader: something was queued, or the source ended. */
  wake: (() => void) | undefined
  /** Its reader has stopped: nothing is kept for it any more. */
  done: boolean
}

export function branch(source: AsyncIterable<Uint8Array>): Branches {
  const iterator = source[Symbol.asyncIterator]()
  const branches: readonly [Branch, Branch] = [newBranch(), newBranch()]
  let pulling = false
  let ended = false
  let failed = false
  let failure: unknown

  const wakeAll = () => {
    for (const each of branches) {
      each.wake?.()
      each.wake = undefined
    }
  }
  const fail = (error: unknown) => {
    if (failed || ended) return
    failed = true
    failure = error
    wakeAll()
    void iterator.return?.()
  }
  const pull = async () => {
    pulling = true
    try {
      const next = await iterator.next()
      if (failed) return
      if (next.done === true) ended = true
      else for (const each of branches) enqueue(each, next.value)
    } catch (error) {
      failed = true
      failure = error
    } finally {
      pulling = false
      wakeAll()
    }
  }
  const read = async function* (own: Branch, other: Branch): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        if (failed) throw failure
        const chunk = own.queue.shift()
        if (chunk !== undefined) {
          const wasFull = own.queuedBytes >= AHEAD_BYTES_MAX
          own.queuedBytes -= chunk.length
          // The other has been waiting for this one to catch up.
          if (wasFull && own.queuedBytes < AHEAD_BYTES_MAX) wakeAll()
          yield chunk
          continue
        }
        if (ended) return
        if (!pulling && other.queuedBytes < AHEAD_BYTES_MAX) void pull()
        await new Promise<void>((resolve) => {
          own.wake = resolve
        })
      }
    } finally {
      own.done = true
      own.queue.length = 0
      own.queuedBytes = 0
      wakeAll()
    }
  }
  return { first: read(branches[0], branches[1]), second: read(branches[1], branches[0]), fail }
}

function newBranch(): Branch {
  return { queue: [], queuedBytes: 0, wake: undefined, done: false }
}

function enqueue(branch: Branch, chunk: Uint8Array): void {
  if (branch.done) return
  branch.queue.push(chunk)
  branch.queuedBytes += chunk.length
}
