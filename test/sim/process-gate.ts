import type { SimClock } from './sim-clock.js'

/** Where something comes from that is due to a process. */
export type Source = 'timer' | 'outside'

/**
 * Everything that is due to one process passes here. While the process is stopped (SIGSTOP) nothing gets through; what fell due
 * meanwhile is handed over when it goes on, each as an event of its own: timers first, as the loop of Node does it, then
 * what lies in sockets and comes from the disk, in the order in which it came.
 */
export class ProcessGate {
  #held: Readonly<Record<Source, (() => void)[]>> | undefined

  constructor(private readonly clock: Pick<SimClock, 'schedule'>) {}

  get isShut(): boolean {
    return this.#held !== undefined
  }

  pass(source: Source, callback: () => void): void {
    if (this.#held === undefined) callback()
    else this.#held[source].push(callback)
  }

  shut(): void {
    this.#held ??= { timer: [], outside: [] }
  }

  open(): void {
    if (this.#held === undefined) return
    const { timer, outside } = this.#held
    this.#held = undefined
    for (const callback of timer) this.clock.schedule(0, () => this.pass('timer', callback))
    for (const callback of outside) this.clock.schedule(0, () => this.pass('outside', callback))
  }
}
