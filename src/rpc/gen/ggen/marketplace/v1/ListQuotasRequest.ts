// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { Consistency as _ggen_marketplace_v1_Consistency, Consistency__Output as _ggen_marketplace_v1_Consistency__Output } from '../../../ggen/marketplace/v1/Consistency.js';
import type { Long } from '@grpc/proto-loader';

export interface ListQuotasRequest {
  'namespace'?: (string);
  'pageSize'?: (number);
  'pageToken'?: (string);
  'historyId'?: (string);
  'minIndex'?: (number | string | Long);
  'consistency'?: (_ggen_marketplace_v1_Consistency);
}

export interface ListQuotasRequest__Output {
  'namespace': (string);
  'pageSize': (number);
  'pageToken': (string);
  'historyId': (string);
  'minIndex': (number);
  'consistency': (_ggen_marketplace_v1_Consistency__Output);
}
