import type { NodeId } from '../model/node-id.js'
import type { LeaderRefusal } from './leader.js'

/** What became of commands that were to be appended. */
export type ProposeResult =
  | { readonly ok: true; readonly term: number; readonly firstIndex: number }
  | {
      readonly ok: false
      /** Surely not in any log: safe to send again. `overloaded`: wait for commits; `transferring`: a new leader is near. */
      readonly reason: 'not-leader' | 'overloaded' | 'transferring'
      readonly leader: NodeId | undefined
    }

/** `index`: of the configuration entry; a joint one is followed by the final one, by itself. A refusal left nothing behind. */
export type ChangeResult =
  | { readonly ok: true; readonly term: number; readonly index: number }
  | {
      readonly ok: false
      readonly reason: LeaderRefusal['reason'] | 'not-leader' | 'transferring'
      /** The member that stands in the way. */
      readonly id: NodeId | undefined
      readonly leader: NodeId | undefined
    }
