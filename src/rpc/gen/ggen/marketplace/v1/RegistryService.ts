// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AddOwnerRequest as _ggen_marketplace_v1_AddOwnerRequest, AddOwnerRequest__Output as _ggen_marketplace_v1_AddOwnerRequest__Output } from '../../../ggen/marketplace/v1/AddOwnerRequest.js';
import type { AddOwnerResponse as _ggen_marketplace_v1_AddOwnerResponse, AddOwnerResponse__Output as _ggen_marketplace_v1_AddOwnerResponse__Output } from '../../../ggen/marketplace/v1/AddOwnerResponse.js';
import type { CheckUpdatesRequest as _ggen_marketplace_v1_CheckUpdatesRequest, CheckUpdatesRequest__Output as _ggen_marketplace_v1_CheckUpdatesRequest__Output } from '../../../ggen/marketplace/v1/CheckUpdatesRequest.js';
import type { CheckUpdatesResponse as _ggen_marketplace_v1_CheckUpdatesResponse, CheckUpdatesResponse__Output as _ggen_marketplace_v1_CheckUpdatesResponse__Output } from '../../../ggen/marketplace/v1/CheckUpdatesResponse.js';
import type { GetRequest as _ggen_marketplace_v1_GetRequest, GetRequest__Output as _ggen_marketplace_v1_GetRequest__Output } from '../../../ggen/marketplace/v1/GetRequest.js';
import type { GetResponse as _ggen_marketplace_v1_GetResponse, GetResponse__Output as _ggen_marketplace_v1_GetResponse__Output } from '../../../ggen/marketplace/v1/GetResponse.js';
import type { GetStatsRequest as _ggen_marketplace_v1_GetStatsRequest, GetStatsRequest__Output as _ggen_marketplace_v1_GetStatsRequest__Output } from '../../../ggen/marketplace/v1/GetStatsRequest.js';
import type { GetStatsResponse as _ggen_marketplace_v1_GetStatsResponse, GetStatsResponse__Output as _ggen_marketplace_v1_GetStatsResponse__Output } from '../../../ggen/marketplace/v1/GetStatsResponse.js';
import type { IsYankedRequest as _ggen_marketplace_v1_IsYankedRequest, IsYankedRequest__Output as _ggen_marketplace_v1_IsYankedRequest__Output } from '../../../ggen/marketplace/v1/IsYankedRequest.js';
import type { IsYankedResponse as _ggen_marketplace_v1_IsYankedResponse, IsYankedResponse__Output as _ggen_marketplace_v1_IsYankedResponse__Output } from '../../../ggen/marketplace/v1/IsYankedResponse.js';
import type { ListByAuthorRequest as _ggen_marketplace_v1_ListByAuthorRequest, ListByAuthorRequest__Output as _ggen_marketplace_v1_ListByAuthorRequest__Output } from '../../../ggen/marketplace/v1/ListByAuthorRequest.js';
import type { ListByAuthorResponse as _ggen_marketplace_v1_ListByAuthorResponse, ListByAuthorResponse__Output as _ggen_marketplace_v1_ListByAuthorResponse__Output } from '../../../ggen/marketplace/v1/ListByAuthorResponse.js';
import type { ListDependentsRequest as _ggen_marketplace_v1_ListDependentsRequest, ListDependentsRequest__Output as _ggen_marketplace_v1_ListDependentsRequest__Output } from '../../../ggen/marketplace/v1/ListDependentsRequest.js';
import type { ListDependentsResponse as _ggen_marketplace_v1_ListDependentsResponse, ListDependentsResponse__Output as _ggen_marketplace_v1_ListDependentsResponse__Output } from '../../../ggen/marketplace/v1/ListDependentsResponse.js';
import type { ListOwnersRequest as _ggen_marketplace_v1_ListOwnersRequest, ListOwnersRequest__Output as _ggen_marketplace_v1_ListOwnersRequest__Output } from '../../../ggen/marketplace/v1/ListOwnersRequest.js';
import type { ListOwnersResponse as _ggen_marketplace_v1_ListOwnersResponse, ListOwnersResponse__Output as _ggen_marketplace_v1_ListOwnersResponse__Output } from '../../../ggen/marketplace/v1/ListOwnersResponse.js';
import type { ListPackagesRequest as _ggen_marketplace_v1_ListPackagesRequest, ListPackagesRequest__Output as _ggen_marketplace_v1_ListPackagesRequest__Output } from '../../../ggen/marketplace/v1/ListPackagesRequest.js';
import type { ListPackagesResponse as _ggen_marketplace_v1_ListPackagesResponse, ListPackagesResponse__Output as _ggen_marketplace_v1_ListPackagesResponse__Output } from '../../../ggen/marketplace/v1/ListPackagesResponse.js';
import type { ListRecentRequest as _ggen_marketplace_v1_ListRecentRequest, ListRecentRequest__Output as _ggen_marketplace_v1_ListRecentRequest__Output } from '../../../ggen/marketplace/v1/ListRecentRequest.js';
import type { ListRecentResponse as _ggen_marketplace_v1_ListRecentResponse, ListRecentResponse__Output as _ggen_marketplace_v1_ListRecentResponse__Output } from '../../../ggen/marketplace/v1/ListRecentResponse.js';
import type { ListTrendingRequest as _ggen_marketplace_v1_ListTrendingRequest, ListTrendingRequest__Output as _ggen_marketplace_v1_ListTrendingRequest__Output } from '../../../ggen/marketplace/v1/ListTrendingRequest.js';
import type { ListTrendingResponse as _ggen_marketplace_v1_ListTrendingResponse, ListTrendingResponse__Output as _ggen_marketplace_v1_ListTrendingResponse__Output } from '../../../ggen/marketplace/v1/ListTrendingResponse.js';
import type { ListVersionsRequest as _ggen_marketplace_v1_ListVersionsRequest, ListVersionsRequest__Output as _ggen_marketplace_v1_ListVersionsRequest__Output } from '../../../ggen/marketplace/v1/ListVersionsRequest.js';
import type { ListVersionsResponse as _ggen_marketplace_v1_ListVersionsResponse, ListVersionsResponse__Output as _ggen_marketplace_v1_ListVersionsResponse__Output } from '../../../ggen/marketplace/v1/ListVersionsResponse.js';
import type { PublishRequest as _ggen_marketplace_v1_PublishRequest, PublishRequest__Output as _ggen_marketplace_v1_PublishRequest__Output } from '../../../ggen/marketplace/v1/PublishRequest.js';
import type { PublishResponse as _ggen_marketplace_v1_PublishResponse, PublishResponse__Output as _ggen_marketplace_v1_PublishResponse__Output } from '../../../ggen/marketplace/v1/PublishResponse.js';
import type { RecordDownloadRequest as _ggen_marketplace_v1_RecordDownloadRequest, RecordDownloadRequest__Output as _ggen_marketplace_v1_RecordDownloadRequest__Output } from '../../../ggen/marketplace/v1/RecordDownloadRequest.js';
import type { RecordDownloadResponse as _ggen_marketplace_v1_RecordDownloadResponse, RecordDownloadResponse__Output as _ggen_marketplace_v1_RecordDownloadResponse__Output } from '../../../ggen/marketplace/v1/RecordDownloadResponse.js';
import type { RegisterManyRequest as _ggen_marketplace_v1_RegisterManyRequest, RegisterManyRequest__Output as _ggen_marketplace_v1_RegisterManyRequest__Output } from '../../../ggen/marketplace/v1/RegisterManyRequest.js';
import type { RegisterManyResponse as _ggen_marketplace_v1_RegisterManyResponse, RegisterManyResponse__Output as _ggen_marketplace_v1_RegisterManyResponse__Output } from '../../../ggen/marketplace/v1/RegisterManyResponse.js';
import type { RegisterRequest as _ggen_marketplace_v1_RegisterRequest, RegisterRequest__Output as _ggen_marketplace_v1_RegisterRequest__Output } from '../../../ggen/marketplace/v1/RegisterRequest.js';
import type { RegisterResponse as _ggen_marketplace_v1_RegisterResponse, RegisterResponse__Output as _ggen_marketplace_v1_RegisterResponse__Output } from '../../../ggen/marketplace/v1/RegisterResponse.js';
import type { RemoveOwnerRequest as _ggen_marketplace_v1_RemoveOwnerRequest, RemoveOwnerRequest__Output as _ggen_marketplace_v1_RemoveOwnerRequest__Output } from '../../../ggen/marketplace/v1/RemoveOwnerRequest.js';
import type { RemoveOwnerResponse as _ggen_marketplace_v1_RemoveOwnerResponse, RemoveOwnerResponse__Output as _ggen_marketplace_v1_RemoveOwnerResponse__Output } from '../../../ggen/marketplace/v1/RemoveOwnerResponse.js';
import type { ResolveDependenciesRequest as _ggen_marketplace_v1_ResolveDependenciesRequest, ResolveDependenciesRequest__Output as _ggen_marketplace_v1_ResolveDependenciesRequest__Output } from '../../../ggen/marketplace/v1/ResolveDependenciesRequest.js';
import type { ResolveDependenciesResponse as _ggen_marketplace_v1_ResolveDependenciesResponse, ResolveDependenciesResponse__Output as _ggen_marketplace_v1_ResolveDependenciesResponse__Output } from '../../../ggen/marketplace/v1/ResolveDependenciesResponse.js';
import type { ResolveVersionRequest as _ggen_marketplace_v1_ResolveVersionRequest, ResolveVersionRequest__Output as _ggen_marketplace_v1_ResolveVersionRequest__Output } from '../../../ggen/marketplace/v1/ResolveVersionRequest.js';
import type { ResolveVersionResponse as _ggen_marketplace_v1_ResolveVersionResponse, ResolveVersionResponse__Output as _ggen_marketplace_v1_ResolveVersionResponse__Output } from '../../../ggen/marketplace/v1/ResolveVersionResponse.js';
import type { TransferOwnershipRequest as _ggen_marketplace_v1_TransferOwnershipRequest, TransferOwnershipRequest__Output as _ggen_marketplace_v1_TransferOwnershipRequest__Output } from '../../../ggen/marketplace/v1/TransferOwnershipRequest.js';
import type { TransferOwnershipResponse as _ggen_marketplace_v1_TransferOwnershipResponse, TransferOwnershipResponse__Output as _ggen_marketplace_v1_TransferOwnershipResponse__Output } from '../../../ggen/marketplace/v1/TransferOwnershipResponse.js';
import type { UnyankRequest as _ggen_marketplace_v1_UnyankRequest, UnyankRequest__Output as _ggen_marketplace_v1_UnyankRequest__Output } from '../../../ggen/marketplace/v1/UnyankRequest.js';
import type { UnyankResponse as _ggen_marketplace_v1_UnyankResponse, UnyankResponse__Output as _ggen_marketplace_v1_UnyankResponse__Output } from '../../../ggen/marketplace/v1/UnyankResponse.js';
import type { UpdateMetadataRequest as _ggen_marketplace_v1_UpdateMetadataRequest, UpdateMetadataRequest__Output as _ggen_marketplace_v1_UpdateMetadataRequest__Output } from '../../../ggen/marketplace/v1/UpdateMetadataRequest.js';
import type { UpdateMetadataResponse as _ggen_marketplace_v1_UpdateMetadataResponse, UpdateMetadataResponse__Output as _ggen_marketplace_v1_UpdateMetadataResponse__Output } from '../../../ggen/marketplace/v1/UpdateMetadataResponse.js';
import type { WatchRequest as _ggen_marketplace_v1_WatchRequest, WatchRequest__Output as _ggen_marketplace_v1_WatchRequest__Output } from '../../../ggen/marketplace/v1/WatchRequest.js';
import type { WatchResponse as _ggen_marketplace_v1_WatchResponse, WatchResponse__Output as _ggen_marketplace_v1_WatchResponse__Output } from '../../../ggen/marketplace/v1/WatchResponse.js';
import type { YankRequest as _ggen_marketplace_v1_YankRequest, YankRequest__Output as _ggen_marketplace_v1_YankRequest__Output } from '../../../ggen/marketplace/v1/YankRequest.js';
import type { YankResponse as _ggen_marketplace_v1_YankResponse, YankResponse__Output as _ggen_marketplace_v1_YankResponse__Output } from '../../../ggen/marketplace/v1/YankResponse.js';

export interface RegistryServiceClient extends grpc.Client {
  AddOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  AddOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  AddOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  AddOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  addOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  addOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  addOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  addOwner(argument: _ggen_marketplace_v1_AddOwnerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_AddOwnerResponse__Output>): grpc.ClientUnaryCall;
  
  CheckUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  CheckUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  CheckUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  CheckUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  checkUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  checkUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  checkUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  checkUpdates(argument: _ggen_marketplace_v1_CheckUpdatesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_CheckUpdatesResponse__Output>): grpc.ClientUnaryCall;
  
  Get(argument: _ggen_marketplace_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _ggen_marketplace_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _ggen_marketplace_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  Get(argument: _ggen_marketplace_v1_GetRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ggen_marketplace_v1_GetRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ggen_marketplace_v1_GetRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ggen_marketplace_v1_GetRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  get(argument: _ggen_marketplace_v1_GetRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_GetResponse__Output>): grpc.ClientUnaryCall;
  
  GetStats(argument: _ggen_marketplace_v1_GetStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _ggen_marketplace_v1_GetStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _ggen_marketplace_v1_GetStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  GetStats(argument: _ggen_marketplace_v1_GetStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _ggen_marketplace_v1_GetStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _ggen_marketplace_v1_GetStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _ggen_marketplace_v1_GetStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  getStats(argument: _ggen_marketplace_v1_GetStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_GetStatsResponse__Output>): grpc.ClientUnaryCall;
  
  IsYanked(argument: _ggen_marketplace_v1_IsYankedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  IsYanked(argument: _ggen_marketplace_v1_IsYankedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  IsYanked(argument: _ggen_marketplace_v1_IsYankedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  IsYanked(argument: _ggen_marketplace_v1_IsYankedRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  isYanked(argument: _ggen_marketplace_v1_IsYankedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  isYanked(argument: _ggen_marketplace_v1_IsYankedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  isYanked(argument: _ggen_marketplace_v1_IsYankedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  isYanked(argument: _ggen_marketplace_v1_IsYankedRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_IsYankedResponse__Output>): grpc.ClientUnaryCall;
  
  ListByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  ListByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  ListByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  ListByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  listByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  listByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  listByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  listByAuthor(argument: _ggen_marketplace_v1_ListByAuthorRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListByAuthorResponse__Output>): grpc.ClientUnaryCall;
  
  ListDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  ListDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  ListDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  ListDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  listDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  listDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  listDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  listDependents(argument: _ggen_marketplace_v1_ListDependentsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListDependentsResponse__Output>): grpc.ClientUnaryCall;
  
  ListOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  ListOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  ListOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  ListOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  listOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  listOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  listOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  listOwners(argument: _ggen_marketplace_v1_ListOwnersRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListOwnersResponse__Output>): grpc.ClientUnaryCall;
  
  ListPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  ListPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  ListPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  ListPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  listPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  listPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  listPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  listPackages(argument: _ggen_marketplace_v1_ListPackagesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListPackagesResponse__Output>): grpc.ClientUnaryCall;
  
  ListRecent(argument: _ggen_marketplace_v1_ListRecentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  ListRecent(argument: _ggen_marketplace_v1_ListRecentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  ListRecent(argument: _ggen_marketplace_v1_ListRecentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  ListRecent(argument: _ggen_marketplace_v1_ListRecentRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  listRecent(argument: _ggen_marketplace_v1_ListRecentRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  listRecent(argument: _ggen_marketplace_v1_ListRecentRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  listRecent(argument: _ggen_marketplace_v1_ListRecentRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  listRecent(argument: _ggen_marketplace_v1_ListRecentRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListRecentResponse__Output>): grpc.ClientUnaryCall;
  
  ListTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  ListTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  ListTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  ListTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  listTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  listTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  listTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  listTrending(argument: _ggen_marketplace_v1_ListTrendingRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListTrendingResponse__Output>): grpc.ClientUnaryCall;
  
  ListVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  ListVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  listVersions(argument: _ggen_marketplace_v1_ListVersionsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListVersionsResponse__Output>): grpc.ClientUnaryCall;
  
  Publish(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  Publish(metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  Publish(options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  Publish(callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  publish(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  publish(metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  publish(options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  publish(callback: grpc.requestCallback<_ggen_marketplace_v1_PublishResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_PublishRequest>;
  
  RecordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  RecordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  RecordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  RecordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  recordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  recordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  recordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  recordDownload(argument: _ggen_marketplace_v1_RecordDownloadRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RecordDownloadResponse__Output>): grpc.ClientUnaryCall;
  
  Register(argument: _ggen_marketplace_v1_RegisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _ggen_marketplace_v1_RegisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _ggen_marketplace_v1_RegisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  Register(argument: _ggen_marketplace_v1_RegisterRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _ggen_marketplace_v1_RegisterRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _ggen_marketplace_v1_RegisterRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _ggen_marketplace_v1_RegisterRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  register(argument: _ggen_marketplace_v1_RegisterRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RegisterResponse__Output>): grpc.ClientUnaryCall;
  
  RegisterMany(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_marketplace_v1_RegisterManyRequest, _ggen_marketplace_v1_RegisterManyResponse__Output>;
  RegisterMany(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_marketplace_v1_RegisterManyRequest, _ggen_marketplace_v1_RegisterManyResponse__Output>;
  registerMany(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_marketplace_v1_RegisterManyRequest, _ggen_marketplace_v1_RegisterManyResponse__Output>;
  registerMany(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_marketplace_v1_RegisterManyRequest, _ggen_marketplace_v1_RegisterManyResponse__Output>;
  
  RemoveOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  RemoveOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  RemoveOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  RemoveOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  removeOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  removeOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  removeOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  removeOwner(argument: _ggen_marketplace_v1_RemoveOwnerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RemoveOwnerResponse__Output>): grpc.ClientUnaryCall;
  
  ResolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  ResolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  ResolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  ResolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  resolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  resolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  resolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  resolveDependencies(argument: _ggen_marketplace_v1_ResolveDependenciesRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveDependenciesResponse__Output>): grpc.ClientUnaryCall;
  
  ResolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  ResolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  ResolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  ResolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  resolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  resolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  resolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  resolveVersion(argument: _ggen_marketplace_v1_ResolveVersionRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ResolveVersionResponse__Output>): grpc.ClientUnaryCall;
  
  TransferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  TransferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  TransferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  TransferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  transferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  transferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  transferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  transferOwnership(argument: _ggen_marketplace_v1_TransferOwnershipRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferOwnershipResponse__Output>): grpc.ClientUnaryCall;
  
  Unyank(argument: _ggen_marketplace_v1_UnyankRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  Unyank(argument: _ggen_marketplace_v1_UnyankRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  Unyank(argument: _ggen_marketplace_v1_UnyankRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  Unyank(argument: _ggen_marketplace_v1_UnyankRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  unyank(argument: _ggen_marketplace_v1_UnyankRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  unyank(argument: _ggen_marketplace_v1_UnyankRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  unyank(argument: _ggen_marketplace_v1_UnyankRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  unyank(argument: _ggen_marketplace_v1_UnyankRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_UnyankResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  UpdateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  UpdateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  UpdateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  updateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  updateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  updateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  updateMetadata(argument: _ggen_marketplace_v1_UpdateMetadataRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_UpdateMetadataResponse__Output>): grpc.ClientUnaryCall;
  
  Watch(argument: _ggen_marketplace_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_WatchResponse__Output>;
  Watch(argument: _ggen_marketplace_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_WatchResponse__Output>;
  watch(argument: _ggen_marketplace_v1_WatchRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_WatchResponse__Output>;
  watch(argument: _ggen_marketplace_v1_WatchRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_WatchResponse__Output>;
  
  Yank(argument: _ggen_marketplace_v1_YankRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  Yank(argument: _ggen_marketplace_v1_YankRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  Yank(argument: _ggen_marketplace_v1_YankRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  Yank(argument: _ggen_marketplace_v1_YankRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  yank(argument: _ggen_marketplace_v1_YankRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  yank(argument: _ggen_marketplace_v1_YankRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  yank(argument: _ggen_marketplace_v1_YankRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  yank(argument: _ggen_marketplace_v1_YankRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_YankResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface RegistryServiceHandlers extends grpc.UntypedServiceImplementation {
  AddOwner: grpc.handleUnaryCall<_ggen_marketplace_v1_AddOwnerRequest__Output, _ggen_marketplace_v1_AddOwnerResponse>;
  
  CheckUpdates: grpc.handleUnaryCall<_ggen_marketplace_v1_CheckUpdatesRequest__Output, _ggen_marketplace_v1_CheckUpdatesResponse>;
  
  Get: grpc.handleUnaryCall<_ggen_marketplace_v1_GetRequest__Output, _ggen_marketplace_v1_GetResponse>;
  
  GetStats: grpc.handleUnaryCall<_ggen_marketplace_v1_GetStatsRequest__Output, _ggen_marketplace_v1_GetStatsResponse>;
  
  IsYanked: grpc.handleUnaryCall<_ggen_marketplace_v1_IsYankedRequest__Output, _ggen_marketplace_v1_IsYankedResponse>;
  
  ListByAuthor: grpc.handleUnaryCall<_ggen_marketplace_v1_ListByAuthorRequest__Output, _ggen_marketplace_v1_ListByAuthorResponse>;
  
  ListDependents: grpc.handleUnaryCall<_ggen_marketplace_v1_ListDependentsRequest__Output, _ggen_marketplace_v1_ListDependentsResponse>;
  
  ListOwners: grpc.handleUnaryCall<_ggen_marketplace_v1_ListOwnersRequest__Output, _ggen_marketplace_v1_ListOwnersResponse>;
  
  ListPackages: grpc.handleUnaryCall<_ggen_marketplace_v1_ListPackagesRequest__Output, _ggen_marketplace_v1_ListPackagesResponse>;
  
  ListRecent: grpc.handleUnaryCall<_ggen_marketplace_v1_ListRecentRequest__Output, _ggen_marketplace_v1_ListRecentResponse>;
  
  ListTrending: grpc.handleUnaryCall<_ggen_marketplace_v1_ListTrendingRequest__Output, _ggen_marketplace_v1_ListTrendingResponse>;
  
  ListVersions: grpc.handleUnaryCall<_ggen_marketplace_v1_ListVersionsRequest__Output, _ggen_marketplace_v1_ListVersionsResponse>;
  
  Publish: grpc.handleClientStreamingCall<_ggen_marketplace_v1_PublishRequest__Output, _ggen_marketplace_v1_PublishResponse>;
  
  RecordDownload: grpc.handleUnaryCall<_ggen_marketplace_v1_RecordDownloadRequest__Output, _ggen_marketplace_v1_RecordDownloadResponse>;
  
  Register: grpc.handleUnaryCall<_ggen_marketplace_v1_RegisterRequest__Output, _ggen_marketplace_v1_RegisterResponse>;
  
  RegisterMany: grpc.handleBidiStreamingCall<_ggen_marketplace_v1_RegisterManyRequest__Output, _ggen_marketplace_v1_RegisterManyResponse>;
  
  RemoveOwner: grpc.handleUnaryCall<_ggen_marketplace_v1_RemoveOwnerRequest__Output, _ggen_marketplace_v1_RemoveOwnerResponse>;
  
  ResolveDependencies: grpc.handleUnaryCall<_ggen_marketplace_v1_ResolveDependenciesRequest__Output, _ggen_marketplace_v1_ResolveDependenciesResponse>;
  
  ResolveVersion: grpc.handleUnaryCall<_ggen_marketplace_v1_ResolveVersionRequest__Output, _ggen_marketplace_v1_ResolveVersionResponse>;
  
  TransferOwnership: grpc.handleUnaryCall<_ggen_marketplace_v1_TransferOwnershipRequest__Output, _ggen_marketplace_v1_TransferOwnershipResponse>;
  
  Unyank: grpc.handleUnaryCall<_ggen_marketplace_v1_UnyankRequest__Output, _ggen_marketplace_v1_UnyankResponse>;
  
  UpdateMetadata: grpc.handleUnaryCall<_ggen_marketplace_v1_UpdateMetadataRequest__Output, _ggen_marketplace_v1_UpdateMetadataResponse>;
  
  Watch: grpc.handleServerStreamingCall<_ggen_marketplace_v1_WatchRequest__Output, _ggen_marketplace_v1_WatchResponse>;
  
  Yank: grpc.handleUnaryCall<_ggen_marketplace_v1_YankRequest__Output, _ggen_marketplace_v1_YankResponse>;
  
}

export interface RegistryServiceDefinition extends grpc.ServiceDefinition {
  AddOwner: MethodDefinition<_ggen_marketplace_v1_AddOwnerRequest, _ggen_marketplace_v1_AddOwnerResponse, _ggen_marketplace_v1_AddOwnerRequest__Output, _ggen_marketplace_v1_AddOwnerResponse__Output>
  CheckUpdates: MethodDefinition<_ggen_marketplace_v1_CheckUpdatesRequest, _ggen_marketplace_v1_CheckUpdatesResponse, _ggen_marketplace_v1_CheckUpdatesRequest__Output, _ggen_marketplace_v1_CheckUpdatesResponse__Output>
  Get: MethodDefinition<_ggen_marketplace_v1_GetRequest, _ggen_marketplace_v1_GetResponse, _ggen_marketplace_v1_GetRequest__Output, _ggen_marketplace_v1_GetResponse__Output>
  GetStats: MethodDefinition<_ggen_marketplace_v1_GetStatsRequest, _ggen_marketplace_v1_GetStatsResponse, _ggen_marketplace_v1_GetStatsRequest__Output, _ggen_marketplace_v1_GetStatsResponse__Output>
  IsYanked: MethodDefinition<_ggen_marketplace_v1_IsYankedRequest, _ggen_marketplace_v1_IsYankedResponse, _ggen_marketplace_v1_IsYankedRequest__Output, _ggen_marketplace_v1_IsYankedResponse__Output>
  ListByAuthor: MethodDefinition<_ggen_marketplace_v1_ListByAuthorRequest, _ggen_marketplace_v1_ListByAuthorResponse, _ggen_marketplace_v1_ListByAuthorRequest__Output, _ggen_marketplace_v1_ListByAuthorResponse__Output>
  ListDependents: MethodDefinition<_ggen_marketplace_v1_ListDependentsRequest, _ggen_marketplace_v1_ListDependentsResponse, _ggen_marketplace_v1_ListDependentsRequest__Output, _ggen_marketplace_v1_ListDependentsResponse__Output>
  ListOwners: MethodDefinition<_ggen_marketplace_v1_ListOwnersRequest, _ggen_marketplace_v1_ListOwnersResponse, _ggen_marketplace_v1_ListOwnersRequest__Output, _ggen_marketplace_v1_ListOwnersResponse__Output>
  ListPackages: MethodDefinition<_ggen_marketplace_v1_ListPackagesRequest, _ggen_marketplace_v1_ListPackagesResponse, _ggen_marketplace_v1_ListPackagesRequest__Output, _ggen_marketplace_v1_ListPackagesResponse__Output>
  ListRecent: MethodDefinition<_ggen_marketplace_v1_ListRecentRequest, _ggen_marketplace_v1_ListRecentResponse, _ggen_marketplace_v1_ListRecentRequest__Output, _ggen_marketplace_v1_ListRecentResponse__Output>
  ListTrending: MethodDefinition<_ggen_marketplace_v1_ListTrendingRequest, _ggen_marketplace_v1_ListTrendingResponse, _ggen_marketplace_v1_ListTrendingRequest__Output, _ggen_marketplace_v1_ListTrendingResponse__Output>
  ListVersions: MethodDefinition<_ggen_marketplace_v1_ListVersionsRequest, _ggen_marketplace_v1_ListVersionsResponse, _ggen_marketplace_v1_ListVersionsRequest__Output, _ggen_marketplace_v1_ListVersionsResponse__Output>
  Publish: MethodDefinition<_ggen_marketplace_v1_PublishRequest, _ggen_marketplace_v1_PublishResponse, _ggen_marketplace_v1_PublishRequest__Output, _ggen_marketplace_v1_PublishResponse__Output>
  RecordDownload: MethodDefinition<_ggen_marketplace_v1_RecordDownloadRequest, _ggen_marketplace_v1_RecordDownloadResponse, _ggen_marketplace_v1_RecordDownloadRequest__Output, _ggen_marketplace_v1_RecordDownloadResponse__Output>
  Register: MethodDefinition<_ggen_marketplace_v1_RegisterRequest, _ggen_marketplace_v1_RegisterResponse, _ggen_marketplace_v1_RegisterRequest__Output, _ggen_marketplace_v1_RegisterResponse__Output>
  RegisterMany: MethodDefinition<_ggen_marketplace_v1_RegisterManyRequest, _ggen_marketplace_v1_RegisterManyResponse, _ggen_marketplace_v1_RegisterManyRequest__Output, _ggen_marketplace_v1_RegisterManyResponse__Output>
  RemoveOwner: MethodDefinition<_ggen_marketplace_v1_RemoveOwnerRequest, _ggen_marketplace_v1_RemoveOwnerResponse, _ggen_marketplace_v1_RemoveOwnerRequest__Output, _ggen_marketplace_v1_RemoveOwnerResponse__Output>
  ResolveDependencies: MethodDefinition<_ggen_marketplace_v1_ResolveDependenciesRequest, _ggen_marketplace_v1_ResolveDependenciesResponse, _ggen_marketplace_v1_ResolveDependenciesRequest__Output, _ggen_marketplace_v1_ResolveDependenciesResponse__Output>
  ResolveVersion: MethodDefinition<_ggen_marketplace_v1_ResolveVersionRequest, _ggen_marketplace_v1_ResolveVersionResponse, _ggen_marketplace_v1_ResolveVersionRequest__Output, _ggen_marketplace_v1_ResolveVersionResponse__Output>
  TransferOwnership: MethodDefinition<_ggen_marketplace_v1_TransferOwnershipRequest, _ggen_marketplace_v1_TransferOwnershipResponse, _ggen_marketplace_v1_TransferOwnershipRequest__Output, _ggen_marketplace_v1_TransferOwnershipResponse__Output>
  Unyank: MethodDefinition<_ggen_marketplace_v1_UnyankRequest, _ggen_marketplace_v1_UnyankResponse, _ggen_marketplace_v1_UnyankRequest__Output, _ggen_marketplace_v1_UnyankResponse__Output>
  UpdateMetadata: MethodDefinition<_ggen_marketplace_v1_UpdateMetadataRequest, _ggen_marketplace_v1_UpdateMetadataResponse, _ggen_marketplace_v1_UpdateMetadataRequest__Output, _ggen_marketplace_v1_UpdateMetadataResponse__Output>
  Watch: MethodDefinition<_ggen_marketplace_v1_WatchRequest, _ggen_marketplace_v1_WatchResponse, _ggen_marketplace_v1_WatchRequest__Output, _ggen_marketplace_v1_WatchResponse__Output>
  Yank: MethodDefinition<_ggen_marketplace_v1_YankRequest, _ggen_marketplace_v1_YankResponse, _ggen_marketplace_v1_YankRequest__Output, _ggen_marketplace_v1_YankResponse__Output>
}
