// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type { WatchChange as _ggen_marketplace_v1_WatchChange, WatchChange__Output as _ggen_marketplace_v1_WatchChange__Output } from '../../../ggen/marketplace/v1/WatchChange.js';
import type { Long } from '@grpc/proto-loader';

export interface WatchChanges {
  'logTimeMs'?: (number | string | Long);
  'changes'?: (_ggen_marketplace_v1_WatchChange)[];
}

export interface WatchChanges__Output {
  'logTimeMs': (number);
  'changes': (_ggen_marketplace_v1_WatchChange__Output)[];
}
