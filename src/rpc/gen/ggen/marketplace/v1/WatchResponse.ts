// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { WatchListing as _ggen_marketplace_v1_WatchListing, WatchListing__Output as _ggen_marketplace_v1_WatchListing__Output } from '../../../ggen/marketplace/v1/WatchListing.js';
import type { WatchChanges as _ggen_marketplace_v1_WatchChanges, WatchChanges__Output as _ggen_marketplace_v1_WatchChanges__Output } from '../../../ggen/marketplace/v1/WatchChanges.js';
import type { WatchProgress as _ggen_marketplace_v1_WatchProgress, WatchProgress__Output as _ggen_marketplace_v1_WatchProgress__Output } from '../../../ggen/marketplace/v1/WatchProgress.js';
import type { Long } from '@grpc/proto-loader';

export interface WatchResponse {
  'index'?: (number | string | Long);
  'historyId'?: (string);
  'existing'?: (_ggen_marketplace_v1_WatchListing | null);
  'changes'?: (_ggen_marketplace_v1_WatchChanges | null);
  'progress'?: (_ggen_marketplace_v1_WatchProgress | null);
  'content'?: "existing"|"changes"|"progress";
}

export interface WatchResponse__Output {
  'index': (number);
  'historyId': (string);
  'existing'?: (_ggen_marketplace_v1_WatchListing__Output | null);
  'changes'?: (_ggen_marketplace_v1_WatchChanges__Output | null);
  'progress'?: (_ggen_marketplace_v1_WatchProgress__Output | null);
  'content'?: "existing"|"changes"|"progress";
}
