import type { CallTimes } from '../client/caller.js'
import { DEFAULT_TIMES } from '../client/client-builder.js'
import type { MarketplaceClient } from '../client/marketplace-client.js'
import { MarketplaceBuilder } from '../marketplace-builder.js'
import { MarketplaceError } from '../model/error.js'
import { isNativeModuleHere } from '../runtime/native-module.js'
import { findEndpoints, noCluster } from './endpoints.js'
import { KeyFolder, type StoredKey } from './key-folder.js'
import { Output } from './output.js'
import type { Sink } from './sink.js'
import { registryFolder, userFolder } from './user-folder.js'
import { WrittenMemory } from './written.js'

/** Options that every command has. */
export interface GlobalOptions {
  readonly json?: boolean
  readonly endpoint?: string
  /** The registry of this machine, whatever cluster is configured. */
  readonly local?: boolean
  readonly config?: string
  /** Seconds. */
  readonly timeout?: string
}

/** An option of reads. */
export interface StaleOption {
  readonly stale?: boolean
}

/** With `--stale` a read takes what the node asked has, which may be behind; else it sees every write acknowledged before. */
export function readDemand({ stale }: StaleOption): { readonly consistency?: 'stale' } {
  return stale === true ? { consistency: 'stale' } : {}
}

/** What the process gives to a command. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly workFolder: string
  readonly stdout: Sink
  readonly stderr: Sink
  /** What `-` stands for; absent where there is none. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined
  /** Puts a question to a person; absent where nobody sits at a terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
}

/** A cluster, or the folder of the registry of this machine. */
type RegistryPlace = { readonly endpoints: readonly string[] } | { readonly folder: string }

function clientOf(place: RegistryPlace, times: Partial<CallTimes>, output: Output): MarketplaceClient {
  const builder = new MarketplaceBuilder()
  if ('endpoints' in place) return builder.withCluster(place.endpoints).withTimes(times).build()
  return builder
    .withLocalRegistry(place.folder, {
      onLockWait: ({ folder, processId }) => {
        const holder = processId === undefined ? 'another process' : `process ${processId}`
        if (!output.json) output.note(`waiting for ${holder}, which has the registry in ${folder} open`)
      },
    })
    .build()
}

function nameOf(place: RegistryPlace): string {
  return 'endpoints' in place ? place.endpoints.join(', ') : `of this machine, ${place.folder}`
}

function localAndCluster(): MarketplaceError {
  return new MarketplaceError({
    reason: 'CONFIG_INVALID',
    field: '--local',
    message: '--local and --endpoint name two registries',
    help: 'leave one of them out',
  })
}

const WITHOUT_NATIVE_MODULE =
  '(no native module for this platform: search is in memory, and dependencies are resolved at their highest versions only)'

/** How long a command goes on trying, by default. */
export const TIMEOUT_SECONDS_DEFAULT = 20
const TIMEOUT_SECONDS_MAX = 3_600

/** Everything a command works with. */
export class CommandContext {
  readonly output: Output
  readonly keys: KeyFolder
  readonly written: WrittenMemory
  #told = false

  constructor(
    readonly surroundings: Surroundings,
    private readonly options: GlobalOptions,
  ) {
    this.output = new Output(surroundings.stdout, surroundings.stderr, options.json ?? false)
    const folder = userFolder(surroundings.env)
    this.keys = new KeyFolder(folder)
    this.written = new WrittenMemory(folder)
  }

  /** Runs an action against the registry, a cluster or the one of this machine, and remembers what it wrote. */
  withClient<T>(
    action: (client: MarketplaceClient) => Promise<T>,
    timeoutSecondsDefault = TIMEOUT_SECONDS_DEFAULT,
  ): Promise<T> {
    return this.#withClient(this.#place(), this.timeoutMs(timeoutSecondsDefault), action)
  }

  /** The same, where only a cluster will do. @throws CONFIG_INVALID where none is configured */
  withCluster<T>(
    action: (client: MarketplaceClient) => Promise<T>,
    timeoutSecondsDefault = TIMEOUT_SECONDS_DEFAULT,
    only?: readonly string[],
  ): Promise<T> {
    const place = only === undefined ? this.#clusterPlace() : { endpoints: only }
    return this.#withClient(place, this.timeoutMs(timeoutSecondsDefault), action)
  }

  /** The same, and nothing is under way after `allMs`, whatever it is. */
  withClusterFor<T>(allMs: number, action: (client: MarketplaceClient) => Promise<T>): Promise<T> {
    return this.#withClient(this.#clusterPlace(), allMs, action, { allMs })
  }

  async #withClient<T>(
    place: RegistryPlace,
    totalMs: number,
    action: (client: MarketplaceClient) => Promise<T>,
    limit: { readonly allMs?: number } = {},
  ): Promise<T> {
    const times = {
      readTotalMs: totalMs,
      writeTotalMs: totalMs,
      attemptMs: Math.min(totalMs, DEFAULT_TIMES.attemptMs),
      ...limit,
    }
    await using client = clientOf(place, times, this.output)
    try {
      const result = await action(client)
      this.#tellRegistry(place)
      return result
    } finally {
      const { historyId, index } = client.written
      if (historyId !== undefined) await this.written.add({ historyId, index })
    }
  }

  /** Once, however many clients a command needs. */
  #tellRegistry(place: RegistryPlace): void {
    if (!this.output.json && !this.#told) {
      this.output.note(`(registry ${nameOf(place)})`)
      if ('folder' in place && !isNativeModuleHere()) this.output.note(WITHOUT_NATIVE_MODULE)
    }
    this.#told = true
  }

  #clusterPlace(): RegistryPlace {
    const place = this.#place()
    if ('endpoints' in place) return place
    throw noCluster(this.options.local === true ? ': --local has no nodes' : '')
  }

  /** Where the registry is that the command works on. @throws CONFIG_INVALID */
  #place(): RegistryPlace {
    const { env, workFolder } = this.surroundings
    const { endpoint: flag, config: configFile, local = false } = this.options
    if (local && flag !== undefined) throw localAndCluster()
    const endpoints = local ? undefined : findEndpoints({ flag, configFile, env, workFolder })
    return endpoints === undefined ? { folder: registryFolder(env) } : { endpoints }
  }

  /** Whether whoever runs the command says yes; undefined where nobody can be asked. */
  async confirm(question: string): Promise<boolean | undefined> {
    if (!this.output.interactive) return undefined
    const answer = await this.surroundings.ask?.(`${question} [y/N] `)
    return answer === undefined ? undefined : /^y(es)?$/i.test(answer.trim())
  }

  /**
   * The key that signs: the one named, the default, or a new one.
   * @throws KEY_NOT_FOUND, FILE_INVALID
   */
  async signingKey(named: string | undefined, options: { readonly make: boolean }): Promise<StoredKey> {
    const known = await this.keys.find(named ?? (this.surroundings.env.GGEN_MARKET_KEY || undefined))
    if (known !== undefined) return known
    if (!options.make) {
      throw new MarketplaceError({
        reason: 'KEY_NOT_FOUND',
        field: '--key',
        message: 'there is no key to sign with',
        help: 'name the key that published the package with --key, or make one with `ggen-market keys generate`',
      })
    }
    const made = await this.keys.generate()
    this.output.note(`made a signing key: ${made.signer.keyId}, kept in ${made.path}`)
    this.output.note('keep a copy: whoever has it can publish in your name, and without it you cannot')
    return made
  }

  /** What `--timeout` says, or the default. @throws INVALID_ARGUMENT */
  timeoutMs(secondsDefault: number): number {
    const { timeout } = this.options
    if (timeout === undefined) return secondsDefault * 1_000
    const seconds = Number(timeout)
    if (Number.isFinite(seconds) && seconds > 0 && seconds <= TIMEOUT_SECONDS_MAX) return seconds * 1_000
    throw new MarketplaceError({
      reason: 'INVALID_ARGUMENT',
      field: '--timeout',
      message: `--timeout is ${JSON.stringify(timeout)}`,
      help: `give seconds, up to ${TIMEOUT_SECONDS_MAX}`,
    })
  }
}
