import type { ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { credentials } from '@grpc/grpc-js'
import { CLIENT_CHANNEL_OPTIONS } from '../src/rpc/http2-window.js'
import { createServiceClient, type ServiceClients } from '../src/rpc/services.js'

/** A node process, as test/chaos/process-cluster.mjs keeps it. */
export interface NodeProcess {
  readonly id: string
  readonly client: string
  readonly folder: string
  readonly child: ChildProcess | undefined
}

/** Three node processes on free ports, as test/chaos/process-cluster.mjs starts them from what `make build` made. */
export interface NodeCluster {
  readonly nodes: readonly NodeProcess[]
  readonly endpoints: readonly string[]
  start(): Promise<void>
  launch(node: NodeProcess): void
  ready(node: NodeProcess): Promise<void>
  kill(node: NodeProcess, signal?: NodeJS.Signals): Promise<void>
  leader(): Promise<NodeProcess>
  close(): Promise<void>
}

export type Registry = ServiceClients['ggen.marketplace.v1.RegistryService']

/** Files that are no part of the compiled tree. */
export function rootFile(path: string): string {
  return new URL(`../../${path}`, import.meta.url).href
}

export async function makeCluster(): Promise<NodeCluster> {
  const module = (await import(rootFile('test/chaos/process-cluster.mjs'))) as {
    ProcessCluster: { make(count: number): Promise<NodeCluster> }
  }
  return module.ProcessCluster.make(3)
}

/** The bare stub of a node: no retries, no signing, no checks. A load client must not be what is measured. */
export function registryOf(node: NodeProcess): Registry {
  return createServiceClient(
    'ggen.marketplace.v1.RegistryService',
    node.client,
    credentials.createInsecure(),
    CLIENT_CHANNEL_OPTIONS,
  )
}

/** Resident memory of a node, MiB. */
export function residentMib(node: NodeProcess): number {
  const status = readFileSync(`/proc/${node.child?.pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024
}

/** Processor time that a node has used since it started, ms. (Linux counts it in hundredths of a second.) */
export function processorMs(node: NodeProcess): number {
  const stat = readFileSync(`/proc/${node.child?.pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}
