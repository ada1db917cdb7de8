// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { NodeStatus as _ggen_marketplace_v1_NodeStatus, NodeStatus__Output as _ggen_marketplace_v1_NodeStatus__Output } from '../../../ggen/marketplace/v1/NodeStatus.js';
import type { ConfigurationStatus as _ggen_marketplace_v1_ConfigurationStatus, ConfigurationStatus__Output as _ggen_marketplace_v1_ConfigurationStatus__Output } from '../../../ggen/marketplace/v1/ConfigurationStatus.js';
import type { Long } from '@grpc/proto-loader';

export interface StatusResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'clusterId'?: (string);
  'nodeId'?: (string);
  'leader'?: (string);
  'nodes'?: (_ggen_marketplace_v1_NodeStatus)[];
  'configuration'?: (_ggen_marketplace_v1_ConfigurationStatus | null);
  'clusterVersion'?: (number);
}

export interface StatusResponse__Output {
  'index': (number);
  'historyId': (string);
  'clusterId': (string);
  'nodeId': (string);
  'leader': (string);
  'nodes': (_ggen_marketplace_v1_NodeStatus__Output)[];
  'configuration': (_ggen_marketplace_v1_ConfigurationStatus__Output | null);
  'clusterVersion': (number);
}
