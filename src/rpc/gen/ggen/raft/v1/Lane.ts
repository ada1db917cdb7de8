// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.

export const Lane = {
  LANE_UNSPECIFIED: 'LANE_UNSPECIFIED',
  LANE_RAFT: 'LANE_RAFT',
  LANE_FORWARD: 'LANE_FORWARD',
} as const;

export type Lane =
  | 'LANE_UNSPECIFIED'
  | 0
  | 'LANE_RAFT'
  | 1
  | 'LANE_FORWARD'
  | 2

export type Lane__Output = typeof Lane[keyof typeof Lane]
