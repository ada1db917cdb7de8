import { assert, defined } from '../model/assert.js'
import type { KeyValueSnapshot, KeyValueStore } from '../state/key-value-store.js'
import { StateMachine } from '../state/state-machine.js'
import { StateView } from '../state/state-view.js'
import type { StateFolders } from '../storage/state-folders.js'

/**
 * The state in use, and its replacement by a received one. Views are counted: a swap waits for those that are open and
 * holds back new ones, so that no read ever meets a closed store.
 */
export class StateHolder {
  #store: KeyValueStore
  #machine: StateMachine
  #open = 0
  #swapping: Promise<void> | undefined
  #drained: (() => void) | undefined

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

  get machine(): StateMachine {
    return this.#machine
  }

  /** A frozen view; closing it is the caller's duty. */
  async view(): Promise<StateView> {
    return StateView.over(await this.snapshot())
  }

  /** The same, as plain keys and values. */
  async snapshot(): Promise<KeyValueSnapshot> {
    while (this.#swapping !== undefined) await this.#swapping
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

  /** Puts the folders' next state, already built and closed, in the place of the current one. */
  async swap(afterActivation: () => Promise<void>): Promise<void> {
    assert(this.#swapping === undefined, 'one swap at a time')
    let done!: () => void
    this.#swapping = new Promise((resolve) => {
      done = resolve
    })
    try {
      if (this.#open > 0) {
        await new Promise<void>((resolve) => {
          this.#drained = resolve
        })
      }
      await this.#store[Symbol.asyncDispose]()
      await this.folders.activateNext()
      await afterActivation()
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
