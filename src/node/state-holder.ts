import { assert, defined } from '../model/assert.js'
import type { KeyRange, KeyValueSnapshot, KeyValueStore } from '../state/key-value-store.js'
import { StateMachine } from '../state/state-machine.js'
import { StateView } from '../state/state-view.js'
import { unseal } from '../state/stored-value.js'
import type { StateFolders } from '../storage/state-folders.js'

type Pairs = readonly (readonly [key: Uint8Array, value: Uint8Array])[]

/**
 * The state in use, and its replacement by a received one. Views are counted: a swap waits for those that are open and
 * holds back new ones, so that no read ever meets a closed store.
 */
export class StateHolder {
  #store: KeyValueStore
  #machine: StateMachine
  #open = 0
  /** The newest view handed out, shared for as long as one of its readers has it open and nothing has landed since. */
  #shared: { readonly view: StateView; readonly index: number; readers: number } | undefined
  #swapping: Promise<void> | undefined
  #drained: (() => void) | undefined
  #onDamage: (error: unknown) => void = () => {}
  #onSwap: () => void = () => {}

  private constructor(
    private readonly folders: StateFolders,
    store: KeyValueStore,
    machine: StateMachine,
  ) {
    this.#store = store
    this.#machine = machine
  }

  /** @throws STATE_CORRUPT where the state must be fetched or replayed. The store is closed then. */
  static async open(folders: StateFolders): Promise<StateHolder> {
    const store = await folders.openCurrent()
    try {
      return new StateHolder(folders, store, await StateMachine.open(store))
    } catch (error) {
      await store[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Told of every read of a view or snapshot that failed. */
  onDamage(listener: (error: unknown) => void): void {
    this.#onDamage = listener
  }

  /** Told that a received state waits for the open views of this one to be closed. */
  onSwap(listener: () => void): void {
    this.#onSwap = listener
  }

  get machine(): StateMachine {
    return this.#machine
  }

  /**
   * A frozen view of what has landed; closing it, once, is the caller's duty. Readers that come together share one: opening
   * a view costs as much as what most of them read.
   */
  async view(): Promise<StateView> {
    while (this.#swapping !== undefined) await this.#swapping
    const known = this.#shared
    if (known !== undefined && known.index === this.#machine.landedIndex) {
      known.readers++
      return known.view
    }
    return this.#shareable(this.#machine.landedIndex)
  }

  #shareable(index: number): StateView {
    const snapshot = this.#frozen()
    const close = async () => {
      assert(shared.readers > 0, 'a view is closed once by each of its readers')
      if (--shared.readers > 0) return
      if (this.#shared === shared) this.#shared = undefined
      await snapshot[Symbol.asyncDispose]()
    }
    const shared = {
      view: viewOver(snapshot, { ...snapshot, [Symbol.asyncDispose]: close }, (error) =>
        this.#onDamage(error),
      ),
      index,
      readers: 1,
    }
    this.#shared = shared
    return shared.view
  }

  /** The same, as plain keys and values. */
  async snapshot(): Promise<KeyValueSnapshot> {
    while (this.#swapping !== undefined) await this.#swapping
    const snapshot = this.#frozen()
    const noticing = <T>(read: () => T): T => {
      try {
        return read()
      } catch (error) {
        this.#onDamage(error)
        throw error
      }
    }
    return {
      getSync: (key) => noticing(() => snapshot.getSync(key)),
      iterate: (range) => this.#checkedPairs(snapshot, range),
      [Symbol.asyncDispose]: () => snapshot[Symbol.asyncDispose](),
    }
  }

  /** What is passed on to another member is checked here too: there it could only be refused. */
  async *#checkedPairs(snapshot: KeyValueSnapshot, range: KeyRange): AsyncGenerator<Pairs> {
    try {
      for await (const pairs of snapshot.iterate(range)) {
        for (const [key, stored] of pairs) unseal(key, stored)
        yield pairs
      }
    } catch (error) {
      this.#onDamage(error)
      throw error
    }
  }

  #frozen(): KeyValueSnapshot {
    const snapshot = this.#store.snapshot()
    this.#open++
    return {
      getSync: (key) => snapshot.getSync(key),
      iterate: (range) => snapshot.iterate(range),
      [Symbol.asyncDispose]: async () => {
        await snapshot[Symbol.asyncDispose]()
        this.#closed()
      },
    }
  }

  /**
   * Puts the folders' next state, already built and closed, in the place of the current one.
   * @param logFollows makes the log begin at it, durably
   */
  async swap(logFollows: () => Promise<void>): Promise<void> {
    assert(this.#swapping === undefined, 'one swap at a time')
    let done!: () => void
    this.#swapping = new Promise((resolve) => {
      done = resolve
    })
    try {
      this.#onSwap()
      if (this.#open > 0) {
        await new Promise<void>((resolve) => {
          this.#drained = resolve
        })
      }
      await this.#store[Symbol.asyncDispose]()
      await this.folders.activateNext()
      await logFollows()
      await this.folders.installed()
      this.#store = await this.folders.openCurrent()
      this.#machine = await StateMachine.open(this.#store)
    } finally {
      this.#swapping = undefined
      done()
    }
  }

  async close(): Promise<void> {
    if (this.#open > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve
      })
    }
    await this.#store[Symbol.asyncDispose]()
  }

  #closed(): void {
    this.#open--
    assert(this.#open >= 0, 'a view is closed once')
    if (this.#open === 0 && this.#drained !== undefined) {
      const drained = defined(this.#drained, 'drain waiter')
      this.#drained = undefined
      drained()
    }
  }
}

/** A view that cannot be made leaves nothing open. */
function viewOver(
  snapshot: KeyValueSnapshot,
  shared: KeyValueSnapshot,
  onDamage: (error: unknown) => void,
): StateView {
  try {
    return StateView.over(shared, onDamage)
  } catch (error) {
    void snapshot[Symbol.asyncDispose]()
    throw error
  }
}
