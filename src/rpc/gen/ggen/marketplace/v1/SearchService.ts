// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { SearchRequest as _ggen_marketplace_v1_SearchRequest, SearchRequest__Output as _ggen_marketplace_v1_SearchRequest__Output } from '../../../ggen/marketplace/v1/SearchRequest.js';
import type { SearchResponse as _ggen_marketplace_v1_SearchResponse, SearchResponse__Output as _ggen_marketplace_v1_SearchResponse__Output } from '../../../ggen/marketplace/v1/SearchResponse.js';
import type { SearchServiceStatsRequest as _ggen_marketplace_v1_SearchServiceStatsRequest, SearchServiceStatsRequest__Output as _ggen_marketplace_v1_SearchServiceStatsRequest__Output } from '../../../ggen/marketplace/v1/SearchServiceStatsRequest.js';
import type { SearchServiceStatsResponse as _ggen_marketplace_v1_SearchServiceStatsResponse, SearchServiceStatsResponse__Output as _ggen_marketplace_v1_SearchServiceStatsResponse__Output } from '../../../ggen/marketplace/v1/SearchServiceStatsResponse.js';

export interface SearchServiceClient extends grpc.Client {
  Search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  Search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  Search(argument: _ggen_marketplace_v1_SearchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  Search(argument: _ggen_marketplace_v1_SearchRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface SearchServiceHandlers extends grpc.UntypedServiceImplementation {
  Search: grpc.handleUnaryCall<_ggen_marketplace_v1_SearchRequest__Output, _ggen_marketplace_v1_SearchResponse>;
  
  Stats: grpc.handleUnaryCall<_ggen_marketplace_v1_SearchServiceStatsRequest__Output, _ggen_marketplace_v1_SearchServiceStatsResponse>;
  
}

export interface SearchServiceDefinition extends grpc.ServiceDefinition {
  Search: MethodDefinition<_ggen_marketplace_v1_SearchRequest, _ggen_marketplace_v1_SearchResponse, _ggen_marketplace_v1_SearchRequest__Output, _ggen_marketplace_v1_SearchResponse__Output>
  Stats: MethodDefinition<_ggen_marketplace_v1_SearchServiceStatsRequest, _ggen_marketplace_v1_SearchServiceStatsResponse, _ggen_marketplace_v1_SearchServiceStatsRequest__Output, _ggen_marketplace_v1_SearchServiceStatsResponse__Output>
}
