// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { NamespaceQuota as _ggen_marketplace_v1_NamespaceQuota, NamespaceQuota__Output as _ggen_marketplace_v1_NamespaceQuota__Output } from '../../../ggen/marketplace/v1/NamespaceQuota.js';
import type { Long } from '@grpc/proto-loader';

export interface SetQuotaResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'changed'?: (boolean);
  'quota'?: (_ggen_marketplace_v1_NamespaceQuota | null);
}

export interface SetQuotaResponse__Output {
  'index': (number);
  'historyId': (string);
  'changed': (boolean);
  'quota': (_ggen_marketplace_v1_NamespaceQuota__Output | null);
}
