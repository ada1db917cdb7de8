// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { NodeVerification as _ggen_marketplace_v1_NodeVerification, NodeVerification__Output as _ggen_marketplace_v1_NodeVerification__Output } from '../../../ggen/marketplace/v1/NodeVerification.js';
import type { Long } from '@grpc/proto-loader';

export interface VerifyResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'done'?: (boolean);
  'ok'?: (boolean);
  'nodes'?: (_ggen_marketplace_v1_NodeVerification)[];
}

export interface VerifyResponse__Output {
  'index': (number);
  'historyId': (string);
  'done': (boolean);
  'ok': (boolean);
  'nodes': (_ggen_marketplace_v1_NodeVerification__Output)[];
}
