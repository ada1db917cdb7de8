// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { NamespaceQuota as _ggen_marketplace_v1_NamespaceQuota, NamespaceQuota__Output as _ggen_marketplace_v1_NamespaceQuota__Output } from '../../../ggen/marketplace/v1/NamespaceQuota.js';
import type { Long } from '@grpc/proto-loader';

export interface ListQuotasResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'quotas'?: (_ggen_marketplace_v1_NamespaceQuota)[];
  'nextPageToken'?: (string);
}

export interface ListQuotasResponse__Output {
  'index': (number);
  'historyId': (string);
  'quotas': (_ggen_marketplace_v1_NamespaceQuota__Output)[];
  'nextPageToken': (string);
}
