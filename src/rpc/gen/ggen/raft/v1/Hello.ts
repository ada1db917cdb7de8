// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.

import type { Lane as _ggen_raft_v1_Lane, Lane__Output as _ggen_raft_v1_Lane__Output } from '../../../ggen/raft/v1/Lane.js';
import type { Long } from '@grpc/proto-loader';

export interface Hello {
  'protocol'?: (number);
  'clusterId'?: (string);
  'nodeId'?: (string);
  'incarnation'?: (string);
  'toNodeId'?: (string);
  'lane'?: (_ggen_raft_v1_Lane);
  'startMarks'?: (string)[];
  'configurationIndex'?: (number | string | Long);
  'historyId'?: (string);
  'readLeaseMs'?: (number | string | Long);
  'takesAnswers'?: (boolean);
  'clusterVersionMax'?: (number);
}

export interface Hello__Output {
  'protocol': (number);
  'clusterId': (string);
  'nodeId': (string);
  'incarnation': (string);
  'toNodeId': (string);
  'lane': (_ggen_raft_v1_Lane__Output);
  'startMarks': (string)[];
  'configurationIndex': (number);
  'historyId': (string);
  'readLeaseMs': (number);
  'takesAnswers': (boolean);
  'clusterVersionMax': (number);
}
