import { MarketplaceError } from './error.js'

/** Names a member of the cluster (`node-1`). Made by {@link toNodeId} only. */
export type NodeId = string & { readonly __brand: 'NodeId' }
/** 32 hex digits, the same on all members, made at bootstrap. */
export type ClusterId = string & { readonly __brand: 'ClusterId' }
/** 32 hex digits: one unbroken history of the log; a restore starts another. */
export type HistoryId = string & { readonly __brand: 'HistoryId' }
/** 32 hex digits, random for each data folder. */
export type Incarnation = string & { readonly __brand: 'Incarnation' }

/** @throws CONFIG_INVALID */
export function toNodeId(text: string, field = 'node.id'): NodeId {
  if (!/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(text)) {
    throw new MarketplaceError({
      reason: 'CONFIG_INVALID',
      field,
      message: `node id ${JSON.stringify(text.slice(0, 100))} is not valid`,
      help: 'use 1 to 63 lower-case letters, digits, dots and hyphens, such as node-1',
    })
  }
  return text as NodeId
}
