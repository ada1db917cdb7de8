// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AutocorrectRequest as _ggen_marketplace_v1_AutocorrectRequest, AutocorrectRequest__Output as _ggen_marketplace_v1_AutocorrectRequest__Output } from '../../../ggen/marketplace/v1/AutocorrectRequest.js';
import type { AutocorrectResponse as _ggen_marketplace_v1_AutocorrectResponse, AutocorrectResponse__Output as _ggen_marketplace_v1_AutocorrectResponse__Output } from '../../../ggen/marketplace/v1/AutocorrectResponse.js';
import type { FacetsRequest as _ggen_marketplace_v1_FacetsRequest, FacetsRequest__Output as _ggen_marketplace_v1_FacetsRequest__Output } from '../../../ggen/marketplace/v1/FacetsRequest.js';
import type { FacetsResponse as _ggen_marketplace_v1_FacetsResponse, FacetsResponse__Output as _ggen_marketplace_v1_FacetsResponse__Output } from '../../../ggen/marketplace/v1/FacetsResponse.js';
import type { OptimizeRequest as _ggen_marketplace_v1_OptimizeRequest, OptimizeRequest__Output as _ggen_marketplace_v1_OptimizeRequest__Output } from '../../../ggen/marketplace/v1/OptimizeRequest.js';
import type { OptimizeResponse as _ggen_marketplace_v1_OptimizeResponse, OptimizeResponse__Output as _ggen_marketplace_v1_OptimizeResponse__Output } from '../../../ggen/marketplace/v1/OptimizeResponse.js';
import type { PopularSearchesRequest as _ggen_marketplace_v1_PopularSearchesRequest, PopularSearchesRequest__Output as _ggen_marketplace_v1_PopularSearchesRequest__Output } from '../../../ggen/marketplace/v1/PopularSearchesRequest.js';
import type { PopularSearchesResponse as _ggen_marketplace_v1_PopularSearchesResponse, PopularSearchesResponse__Output as _ggen_marketplace_v1_PopularSearchesResponse__Output } from '../../../ggen/marketplace/v1/PopularSearchesResponse.js';
import type { RebuildRequest as _ggen_marketplace_v1_RebuildRequest, RebuildRequest__Output as _ggen_marketplace_v1_RebuildRequest__Output } from '../../../ggen/marketplace/v1/RebuildRequest.js';
import type { RebuildResponse as _ggen_marketplace_v1_RebuildResponse, RebuildResponse__Output as _ggen_marketplace_v1_RebuildResponse__Output } from '../../../ggen/marketplace/v1/RebuildResponse.js';
import type { SearchRequest as _ggen_marketplace_v1_SearchRequest, SearchRequest__Output as _ggen_marketplace_v1_SearchRequest__Output } from '../../../ggen/marketplace/v1/SearchRequest.js';
import type { SearchResponse as _ggen_marketplace_v1_SearchResponse, SearchResponse__Output as _ggen_marketplace_v1_SearchResponse__Output } from '../../../ggen/marketplace/v1/SearchResponse.js';
import type { SearchServiceStatsRequest as _ggen_marketplace_v1_SearchServiceStatsRequest, SearchServiceStatsRequest__Output as _ggen_marketplace_v1_SearchServiceStatsRequest__Output } from '../../../ggen/marketplace/v1/SearchServiceStatsRequest.js';
import type { SearchServiceStatsResponse as _ggen_marketplace_v1_SearchServiceStatsResponse, SearchServiceStatsResponse__Output as _ggen_marketplace_v1_SearchServiceStatsResponse__Output } from '../../../ggen/marketplace/v1/SearchServiceStatsResponse.js';
import type { SimilarRequest as _ggen_marketplace_v1_SimilarRequest, SimilarRequest__Output as _ggen_marketplace_v1_SimilarRequest__Output } from '../../../ggen/marketplace/v1/SimilarRequest.js';
import type { SimilarResponse as _ggen_marketplace_v1_SimilarResponse, SimilarResponse__Output as _ggen_marketplace_v1_SimilarResponse__Output } from '../../../ggen/marketplace/v1/SimilarResponse.js';
import type { SuggestRequest as _ggen_marketplace_v1_SuggestRequest, SuggestRequest__Output as _ggen_marketplace_v1_SuggestRequest__Output } from '../../../ggen/marketplace/v1/SuggestRequest.js';
import type { SuggestResponse as _ggen_marketplace_v1_SuggestResponse, SuggestResponse__Output as _ggen_marketplace_v1_SuggestResponse__Output } from '../../../ggen/marketplace/v1/SuggestResponse.js';

export interface SearchServiceClient extends grpc.Client {
  Autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  Autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  Autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  Autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  autocorrect(argument: _ggen_marketplace_v1_AutocorrectRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_AutocorrectResponse__Output>): grpc.ClientUnaryCall;
  
  Facets(argument: _ggen_marketplace_v1_FacetsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  Facets(argument: _ggen_marketplace_v1_FacetsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  Facets(argument: _ggen_marketplace_v1_FacetsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  Facets(argument: _ggen_marketplace_v1_FacetsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  facets(argument: _ggen_marketplace_v1_FacetsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  facets(argument: _ggen_marketplace_v1_FacetsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  facets(argument: _ggen_marketplace_v1_FacetsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  facets(argument: _ggen_marketplace_v1_FacetsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_FacetsResponse__Output>): grpc.ClientUnaryCall;
  
  Optimize(argument: _ggen_marketplace_v1_OptimizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  Optimize(argument: _ggen_marketplace_v1_OptimizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  Optimize(argument: _ggen_marketplace_v1_OptimizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  Optimize(argument: _ggen_marketplace_v1_OptimizeRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  optimize(argument: _ggen_marketplace_v1_OptimizeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  optimize(argument: _ggen_marketplace_v1_OptimizeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  optimize(argument: _ggen_marketplace_v1_OptimizeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  optimize(argument: _ggen_marketplace_v1_OptimizeRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_OptimizeResponse__Output>): grpc.ClientUnaryCall;
  
  PopularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  PopularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  PopularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  PopularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  popularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  popularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  popularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  popularSearches(argument: _ggen_marketplace_v1_PopularSearchesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_PopularSearchesResponse__Output>): grpc.ClientUnaryCall;
  
  Rebuild(argument: _ggen_marketplace_v1_RebuildRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_RebuildResponse__Output>;
  Rebuild(argument: _ggen_marketplace_v1_RebuildRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_RebuildResponse__Output>;
  rebuild(argument: _ggen_marketplace_v1_RebuildRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_RebuildResponse__Output>;
  rebuild(argument: _ggen_marketplace_v1_RebuildRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_RebuildResponse__Output>;
  
  Search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  Search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  Search(argument: _ggen_marketplace_v1_SearchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  Search(argument: _ggen_marketplace_v1_SearchRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  search(argument: _ggen_marketplace_v1_SearchRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchResponse__Output>): grpc.ClientUnaryCall;
  
  Similar(argument: _ggen_marketplace_v1_SimilarRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  Similar(argument: _ggen_marketplace_v1_SimilarRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  Similar(argument: _ggen_marketplace_v1_SimilarRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  Similar(argument: _ggen_marketplace_v1_SimilarRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  similar(argument: _ggen_marketplace_v1_SimilarRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  similar(argument: _ggen_marketplace_v1_SimilarRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  similar(argument: _ggen_marketplace_v1_SimilarRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  similar(argument: _ggen_marketplace_v1_SimilarRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SimilarResponse__Output>): grpc.ClientUnaryCall;
  
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_SearchServiceStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SearchServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  
  Suggest(argument: _ggen_marketplace_v1_SuggestRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  Suggest(argument: _ggen_marketplace_v1_SuggestRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  Suggest(argument: _ggen_marketplace_v1_SuggestRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  Suggest(argument: _ggen_marketplace_v1_SuggestRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  suggest(argument: _ggen_marketplace_v1_SuggestRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  suggest(argument: _ggen_marketplace_v1_SuggestRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  suggest(argument: _ggen_marketplace_v1_SuggestRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  suggest(argument: _ggen_marketplace_v1_SuggestRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SuggestResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface SearchServiceHandlers extends grpc.UntypedServiceImplementation {
  Autocorrect: grpc.handleUnaryCall<_ggen_marketplace_v1_AutocorrectRequest__Output, _ggen_marketplace_v1_AutocorrectResponse>;
  
  Facets: grpc.handleUnaryCall<_ggen_marketplace_v1_FacetsRequest__Output, _ggen_marketplace_v1_FacetsResponse>;
  
  Optimize: grpc.handleUnaryCall<_ggen_marketplace_v1_OptimizeRequest__Output, _ggen_marketplace_v1_OptimizeResponse>;
  
  PopularSearches: grpc.handleUnaryCall<_ggen_marketplace_v1_PopularSearchesRequest__Output, _ggen_marketplace_v1_PopularSearchesResponse>;
  
  Rebuild: grpc.handleServerStreamingCall<_ggen_marketplace_v1_RebuildRequest__Output, _ggen_marketplace_v1_RebuildResponse>;
  
  Search: grpc.handleUnaryCall<_ggen_marketplace_v1_SearchRequest__Output, _ggen_marketplace_v1_SearchResponse>;
  
  Similar: grpc.handleUnaryCall<_ggen_marketplace_v1_SimilarRequest__Output, _ggen_marketplace_v1_SimilarResponse>;
  
  Stats: grpc.handleUnaryCall<_ggen_marketplace_v1_SearchServiceStatsRequest__Output, _ggen_marketplace_v1_SearchServiceStatsResponse>;
  
  Suggest: grpc.handleUnaryCall<_ggen_marketplace_v1_SuggestRequest__Output, _ggen_marketplace_v1_SuggestResponse>;
  
}

export interface SearchServiceDefinition extends grpc.ServiceDefinition {
  Autocorrect: MethodDefinition<_ggen_marketplace_v1_AutocorrectRequest, _ggen_marketplace_v1_AutocorrectResponse, _ggen_marketplace_v1_AutocorrectRequest__Output, _ggen_marketplace_v1_AutocorrectResponse__Output>
  Facets: MethodDefinition<_ggen_marketplace_v1_FacetsRequest, _ggen_marketplace_v1_FacetsResponse, _ggen_marketplace_v1_FacetsRequest__Output, _ggen_marketplace_v1_FacetsResponse__Output>
  Optimize: MethodDefinition<_ggen_marketplace_v1_OptimizeRequest, _ggen_marketplace_v1_OptimizeResponse, _ggen_marketplace_v1_OptimizeRequest__Output, _ggen_marketplace_v1_OptimizeResponse__Output>
  PopularSearches: MethodDefinition<_ggen_marketplace_v1_PopularSearchesRequest, _ggen_marketplace_v1_PopularSearchesResponse, _ggen_marketplace_v1_PopularSearchesRequest__Output, _ggen_marketplace_v1_PopularSearchesResponse__Output>
  Rebuild: MethodDefinition<_ggen_marketplace_v1_RebuildRequest, _ggen_marketplace_v1_RebuildResponse, _ggen_marketplace_v1_RebuildRequest__Output, _ggen_marketplace_v1_RebuildResponse__Output>
  Search: MethodDefinition<_ggen_marketplace_v1_SearchRequest, _ggen_marketplace_v1_SearchResponse, _ggen_marketplace_v1_SearchRequest__Output, _ggen_marketplace_v1_SearchResponse__Output>
  Similar: MethodDefinition<_ggen_marketplace_v1_SimilarRequest, _ggen_marketplace_v1_SimilarResponse, _ggen_marketplace_v1_SimilarRequest__Output, _ggen_marketplace_v1_SimilarResponse__Output>
  Stats: MethodDefinition<_ggen_marketplace_v1_SearchServiceStatsRequest, _ggen_marketplace_v1_SearchServiceStatsResponse, _ggen_marketplace_v1_SearchServiceStatsRequest__Output, _ggen_marketplace_v1_SearchServiceStatsResponse__Output>
  Suggest: MethodDefinition<_ggen_marketplace_v1_SuggestRequest, _ggen_marketplace_v1_SuggestResponse, _ggen_marketplace_v1_SuggestRequest__Output, _ggen_marketplace_v1_SuggestResponse__Output>
}
