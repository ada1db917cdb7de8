// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type { VerifyFinding as _ggen_marketplace_v1_VerifyFinding, VerifyFinding__Output as _ggen_marketplace_v1_VerifyFinding__Output } from '../../../ggen/marketplace/v1/VerifyFinding.js';
import type { Long } from '@grpc/proto-loader';

export interface NodeVerification {
  'id'?: (string);
  'reachable'?: (boolean);
  'trouble'?: (string);
  'done'?: (boolean);
  'bytesRead'?: (number | string | Long);
  'logSegments'?: (number | string | Long);
  'logEntries'?: (number | string | Long);
  'markIndex'?: (number | string | Long);
  'stateValues'?: (number | string | Long);
  'stateSha256'?: (string);
  'blobs'?: (number | string | Long);
  'blobBytes'?: (number | string | Long);
  'searchIndex'?: (number | string | Long);
  'findings'?: (_ggen_marketplace_v1_VerifyFinding)[];
  'findingsInAll'?: (number | string | Long);
  'behind'?: (string);
}

export interface NodeVerification__Output {
  'id': (string);
  'reachable': (boolean);
  'trouble': (string);
  'done': (boolean);
  'bytesRead': (number);
  'logSegments': (number);
  'logEntries': (number);
  'markIndex': (number);
  'stateValues': (number);
  'stateSha256': (string);
  'blobs': (number);
  'blobBytes': (number);
  'searchIndex': (number);
  'findings': (_ggen_marketplace_v1_VerifyFinding__Output)[];
  'findingsInAll': (number);
  'behind': (string);
}
