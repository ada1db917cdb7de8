import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Echo } from './echo.js'
import { makeCluster, type NodeCluster } from './nodes.js'
import { MIB } from './size.js'

export const BLOB_MIB = 64

/** What the subjects stand on. Each part is made when it is first asked for, and all of it is taken away at the end. */
export class Bed implements AsyncDisposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ggen-bench-'))
  #echo: Echo | undefined
  #cluster: NodeCluster | undefined

  /**
   * @param rounds how many are measured; the rounds of slow subjects are fewer
   * @param packages how many an import brings
   */
  constructor(
    readonly rounds: number,
    readonly packages: number,
  ) {
    process.once('exit', () => rmSync(this.#folder, { recursive: true, force: true }))
    writeFileSync(this.file, Buffer.alloc(BLOB_MIB * MIB, 'no two bytes of a block '))
  }

  /** For files that a measurement makes and removes. */
  get folder(): string {
    return this.#folder
  }

  /** 64 MiB. */
  get file(): string {
    return join(this.#folder, 'file')
  }

  async echo(): Promise<Echo> {
    this.#echo ??= await Echo.start(this.file)
    return this.#echo
  }

  /** Three nodes, running. */
  async cluster(): Promise<NodeCluster> {
    if (this.#cluster === undefined) {
      this.#cluster = await makeCluster()
      await this.#cluster.start()
    }
    return this.#cluster
  }

  /** The next subject begins with an empty cluster. */
  async dropCluster(): Promise<void> {
    await this.#cluster?.close()
    this.#cluster = undefined
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#echo?.stop()
    await this.dropCluster()
  }
}
