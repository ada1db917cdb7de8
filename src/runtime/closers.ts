import type { Logger } from './logger.js'

/** Closes in the reverse order of opening; one failure does not keep the rest open. */
export class Closers {
  readonly #steps: { readonly what: string; close(): Promise<void> | void }[] = []

  add(what: string, close: () => Promise<void> | void): void {
    this.#steps.push({ what, close })
  }

  async close(logger: Logger): Promise<void> {
    for (const { what, close } of this.#steps.splice(0).reverse()) {
      try {
        await close()
      } catch (error) {
        logger.error({ error, what }, 'closing failed')
      }
    }
  }
}
