import { MarketplaceError } from '../model/error.js'

/** A call of a client that was closed. */
export function closed(): MarketplaceError {
  return new MarketplaceError({
    reason: 'SHUTTING_DOWN',
    message: 'this client was closed',
    help: 'build another one',
  })
}

/** What only nodes can answer, asked of another registry. */
export function noCluster(): MarketplaceError {
  return new MarketplaceError({
    reason: 'UNSUPPORTED',
    message: 'this registry has no nodes: it is no cluster',
    help: 'ask a cluster: withCluster([…]), --endpoint on the command line',
  })
}
