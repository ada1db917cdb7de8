// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { NodeRole as _ggen_marketplace_v1_NodeRole, NodeRole__Output as _ggen_marketplace_v1_NodeRole__Output } from '../../../ggen/marketplace/v1/NodeRole.js';
import type { StateHash as _ggen_marketplace_v1_StateHash, StateHash__Output as _ggen_marketplace_v1_StateHash__Output } from '../../../ggen/marketplace/v1/StateHash.js';
import type { Long } from '@grpc/proto-loader';

export interface NodeStatus {
  'id'?: (string);
  'address'?: (string);
  'reachable'?: (boolean);
  'role'?: (_ggen_marketplace_v1_NodeRole);
  'term'?: (number | string | Long);
  'commitIndex'?: (number | string | Long);
  'appliedIndex'?: (number | string | Long);
  'stateHash'?: (_ggen_marketplace_v1_StateHash | null);
  'blobsMissing'?: (number | string | Long);
  'fault'?: (string);
  'peerAddress'?: (string);
  'voter'?: (boolean);
  'blobsCounted'?: (boolean);
  'leaving'?: (boolean);
  'trouble'?: (string);
  'clusterVersionMax'?: (number);
  'build'?: (string);
}

export interface NodeStatus__Output {
  'id': (string);
  'address': (string);
  'reachable': (boolean);
  'role': (_ggen_marketplace_v1_NodeRole__Output);
  'term': (number);
  'commitIndex': (number);
  'appliedIndex': (number);
  'stateHash': (_ggen_marketplace_v1_StateHash__Output | null);
  'blobsMissing': (number);
  'fault': (string);
  'peerAddress': (string);
  'voter': (boolean);
  'blobsCounted': (boolean);
  'leaving': (boolean);
  'trouble': (string);
  'clusterVersionMax': (number);
  'build': (string);
}
