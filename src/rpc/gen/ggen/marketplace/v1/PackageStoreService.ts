// Generated from proto/ggen/marketplace/v1/package_store_service.proto by `npm run proto`; do not edit.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CompactRequest as _ggen_marketplace_v1_CompactRequest, CompactRequest__Output as _ggen_marketplace_v1_CompactRequest__Output } from '../../../ggen/marketplace/v1/CompactRequest.js';
import type { CompactResponse as _ggen_marketplace_v1_CompactResponse, CompactResponse__Output as _ggen_marketplace_v1_CompactResponse__Output } from '../../../ggen/marketplace/v1/CompactResponse.js';
import type { CopyToRequest as _ggen_marketplace_v1_CopyToRequest, CopyToRequest__Output as _ggen_marketplace_v1_CopyToRequest__Output } from '../../../ggen/marketplace/v1/CopyToRequest.js';
import type { CopyToResponse as _ggen_marketplace_v1_CopyToResponse, CopyToResponse__Output as _ggen_marketplace_v1_CopyToResponse__Output } from '../../../ggen/marketplace/v1/CopyToResponse.js';
import type { DeleteRequest as _ggen_marketplace_v1_DeleteRequest, DeleteRequest__Output as _ggen_marketplace_v1_DeleteRequest__Output } from '../../../ggen/marketplace/v1/DeleteRequest.js';
import type { DeleteResponse as _ggen_marketplace_v1_DeleteResponse, DeleteResponse__Output as _ggen_marketplace_v1_DeleteResponse__Output } from '../../../ggen/marketplace/v1/DeleteResponse.js';
import type { DownloadRequest as _ggen_marketplace_v1_DownloadRequest, DownloadRequest__Output as _ggen_marketplace_v1_DownloadRequest__Output } from '../../../ggen/marketplace/v1/DownloadRequest.js';
import type { DownloadResponse as _ggen_marketplace_v1_DownloadResponse, DownloadResponse__Output as _ggen_marketplace_v1_DownloadResponse__Output } from '../../../ggen/marketplace/v1/DownloadResponse.js';
import type { ExistsRequest as _ggen_marketplace_v1_ExistsRequest, ExistsRequest__Output as _ggen_marketplace_v1_ExistsRequest__Output } from '../../../ggen/marketplace/v1/ExistsRequest.js';
import type { ExistsResponse as _ggen_marketplace_v1_ExistsResponse, ExistsResponse__Output as _ggen_marketplace_v1_ExistsResponse__Output } from '../../../ggen/marketplace/v1/ExistsResponse.js';
import type { GetMetadataRequest as _ggen_marketplace_v1_GetMetadataRequest, GetMetadataRequest__Output as _ggen_marketplace_v1_GetMetadataRequest__Output } from '../../../ggen/marketplace/v1/GetMetadataRequest.js';
import type { GetMetadataResponse as _ggen_marketplace_v1_GetMetadataResponse, GetMetadataResponse__Output as _ggen_marketplace_v1_GetMetadataResponse__Output } from '../../../ggen/marketplace/v1/GetMetadataResponse.js';
import type { ListRequest as _ggen_marketplace_v1_ListRequest, ListRequest__Output as _ggen_marketplace_v1_ListRequest__Output } from '../../../ggen/marketplace/v1/ListRequest.js';
import type { ListResponse as _ggen_marketplace_v1_ListResponse, ListResponse__Output as _ggen_marketplace_v1_ListResponse__Output } from '../../../ggen/marketplace/v1/ListResponse.js';
import type { PackageStoreServiceStatsRequest as _ggen_marketplace_v1_PackageStoreServiceStatsRequest, PackageStoreServiceStatsRequest__Output as _ggen_marketplace_v1_PackageStoreServiceStatsRequest__Output } from '../../../ggen/marketplace/v1/PackageStoreServiceStatsRequest.js';
import type { PackageStoreServiceStatsResponse as _ggen_marketplace_v1_PackageStoreServiceStatsResponse, PackageStoreServiceStatsResponse__Output as _ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output } from '../../../ggen/marketplace/v1/PackageStoreServiceStatsResponse.js';
import type { UploadRequest as _ggen_marketplace_v1_UploadRequest, UploadRequest__Output as _ggen_marketplace_v1_UploadRequest__Output } from '../../../ggen/marketplace/v1/UploadRequest.js';
import type { UploadResponse as _ggen_marketplace_v1_UploadResponse, UploadResponse__Output as _ggen_marketplace_v1_UploadResponse__Output } from '../../../ggen/marketplace/v1/UploadResponse.js';
import type { VerifyIntegrityRequest as _ggen_marketplace_v1_VerifyIntegrityRequest, VerifyIntegrityRequest__Output as _ggen_marketplace_v1_VerifyIntegrityRequest__Output } from '../../../ggen/marketplace/v1/VerifyIntegrityRequest.js';
import type { VerifyIntegrityResponse as _ggen_marketplace_v1_VerifyIntegrityResponse, VerifyIntegrityResponse__Output as _ggen_marketplace_v1_VerifyIntegrityResponse__Output } from '../../../ggen/marketplace/v1/VerifyIntegrityResponse.js';

export interface PackageStoreServiceClient extends grpc.Client {
  Compact(argument: _ggen_marketplace_v1_CompactRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  Compact(argument: _ggen_marketplace_v1_CompactRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  Compact(argument: _ggen_marketplace_v1_CompactRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  Compact(argument: _ggen_marketplace_v1_CompactRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  compact(argument: _ggen_marketplace_v1_CompactRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  compact(argument: _ggen_marketplace_v1_CompactRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  compact(argument: _ggen_marketplace_v1_CompactRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  compact(argument: _ggen_marketplace_v1_CompactRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_CompactResponse__Output>): grpc.ClientUnaryCall;
  
  CopyTo(argument: _ggen_marketplace_v1_CopyToRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  CopyTo(argument: _ggen_marketplace_v1_CopyToRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  CopyTo(argument: _ggen_marketplace_v1_CopyToRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  CopyTo(argument: _ggen_marketplace_v1_CopyToRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  copyTo(argument: _ggen_marketplace_v1_CopyToRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  copyTo(argument: _ggen_marketplace_v1_CopyToRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  copyTo(argument: _ggen_marketplace_v1_CopyToRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  copyTo(argument: _ggen_marketplace_v1_CopyToRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_CopyToResponse__Output>): grpc.ClientUnaryCall;
  
  Delete(argument: _ggen_marketplace_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _ggen_marketplace_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _ggen_marketplace_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  Delete(argument: _ggen_marketplace_v1_DeleteRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ggen_marketplace_v1_DeleteRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ggen_marketplace_v1_DeleteRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ggen_marketplace_v1_DeleteRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  delete(argument: _ggen_marketplace_v1_DeleteRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_DeleteResponse__Output>): grpc.ClientUnaryCall;
  
  Download(argument: _ggen_marketplace_v1_DownloadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_DownloadResponse__Output>;
  Download(argument: _ggen_marketplace_v1_DownloadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_DownloadResponse__Output>;
  download(argument: _ggen_marketplace_v1_DownloadRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_DownloadResponse__Output>;
  download(argument: _ggen_marketplace_v1_DownloadRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_DownloadResponse__Output>;
  
  Exists(argument: _ggen_marketplace_v1_ExistsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  Exists(argument: _ggen_marketplace_v1_ExistsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  Exists(argument: _ggen_marketplace_v1_ExistsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  Exists(argument: _ggen_marketplace_v1_ExistsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  exists(argument: _ggen_marketplace_v1_ExistsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  exists(argument: _ggen_marketplace_v1_ExistsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  exists(argument: _ggen_marketplace_v1_ExistsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  exists(argument: _ggen_marketplace_v1_ExistsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ExistsResponse__Output>): grpc.ClientUnaryCall;
  
  GetMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  GetMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  GetMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  GetMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  getMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  getMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  getMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  getMetadata(argument: _ggen_marketplace_v1_GetMetadataRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_GetMetadataResponse__Output>): grpc.ClientUnaryCall;
  
  List(argument: _ggen_marketplace_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _ggen_marketplace_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _ggen_marketplace_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  List(argument: _ggen_marketplace_v1_ListRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _ggen_marketplace_v1_ListRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _ggen_marketplace_v1_ListRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _ggen_marketplace_v1_ListRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  list(argument: _ggen_marketplace_v1_ListRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListResponse__Output>): grpc.ClientUnaryCall;
  
  Stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  Stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  stats(argument: _ggen_marketplace_v1_PackageStoreServiceStatsRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>): grpc.ClientUnaryCall;
  
  Upload(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  Upload(metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  Upload(options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  Upload(callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  upload(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  upload(metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  upload(options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  upload(callback: grpc.requestCallback<_ggen_marketplace_v1_UploadResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_UploadRequest>;
  
  VerifyIntegrity(argument: _ggen_marketplace_v1_VerifyIntegrityRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyIntegrityResponse__Output>;
  VerifyIntegrity(argument: _ggen_marketplace_v1_VerifyIntegrityRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyIntegrityResponse__Output>;
  verifyIntegrity(argument: _ggen_marketplace_v1_VerifyIntegrityRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyIntegrityResponse__Output>;
  verifyIntegrity(argument: _ggen_marketplace_v1_VerifyIntegrityRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyIntegrityResponse__Output>;
  
}

export interface PackageStoreServiceHandlers extends grpc.UntypedServiceImplementation {
  Compact: grpc.handleUnaryCall<_ggen_marketplace_v1_CompactRequest__Output, _ggen_marketplace_v1_CompactResponse>;
  
  CopyTo: grpc.handleUnaryCall<_ggen_marketplace_v1_CopyToRequest__Output, _ggen_marketplace_v1_CopyToResponse>;
  
  Delete: grpc.handleUnaryCall<_ggen_marketplace_v1_DeleteRequest__Output, _ggen_marketplace_v1_DeleteResponse>;
  
  Download: grpc.handleServerStreamingCall<_ggen_marketplace_v1_DownloadRequest__Output, _ggen_marketplace_v1_DownloadResponse>;
  
  Exists: grpc.handleUnaryCall<_ggen_marketplace_v1_ExistsRequest__Output, _ggen_marketplace_v1_ExistsResponse>;
  
  GetMetadata: grpc.handleUnaryCall<_ggen_marketplace_v1_GetMetadataRequest__Output, _ggen_marketplace_v1_GetMetadataResponse>;
  
  List: grpc.handleUnaryCall<_ggen_marketplace_v1_ListRequest__Output, _ggen_marketplace_v1_ListResponse>;
  
  Stats: grpc.handleUnaryCall<_ggen_marketplace_v1_PackageStoreServiceStatsRequest__Output, _ggen_marketplace_v1_PackageStoreServiceStatsResponse>;
  
  Upload: grpc.handleClientStreamingCall<_ggen_marketplace_v1_UploadRequest__Output, _ggen_marketplace_v1_UploadResponse>;
  
  VerifyIntegrity: grpc.handleServerStreamingCall<_ggen_marketplace_v1_VerifyIntegrityRequest__Output, _ggen_marketplace_v1_VerifyIntegrityResponse>;
  
}

export interface PackageStoreServiceDefinition extends grpc.ServiceDefinition {
  Compact: MethodDefinition<_ggen_marketplace_v1_CompactRequest, _ggen_marketplace_v1_CompactResponse, _ggen_marketplace_v1_CompactRequest__Output, _ggen_marketplace_v1_CompactResponse__Output>
  CopyTo: MethodDefinition<_ggen_marketplace_v1_CopyToRequest, _ggen_marketplace_v1_CopyToResponse, _ggen_marketplace_v1_CopyToRequest__Output, _ggen_marketplace_v1_CopyToResponse__Output>
  Delete: MethodDefinition<_ggen_marketplace_v1_DeleteRequest, _ggen_marketplace_v1_DeleteResponse, _ggen_marketplace_v1_DeleteRequest__Output, _ggen_marketplace_v1_DeleteResponse__Output>
  Download: MethodDefinition<_ggen_marketplace_v1_DownloadRequest, _ggen_marketplace_v1_DownloadResponse, _ggen_marketplace_v1_DownloadRequest__Output, _ggen_marketplace_v1_DownloadResponse__Output>
  Exists: MethodDefinition<_ggen_marketplace_v1_ExistsRequest, _ggen_marketplace_v1_ExistsResponse, _ggen_marketplace_v1_ExistsRequest__Output, _ggen_marketplace_v1_ExistsResponse__Output>
  GetMetadata: MethodDefinition<_ggen_marketplace_v1_GetMetadataRequest, _ggen_marketplace_v1_GetMetadataResponse, _ggen_marketplace_v1_GetMetadataRequest__Output, _ggen_marketplace_v1_GetMetadataResponse__Output>
  List: MethodDefinition<_ggen_marketplace_v1_ListRequest, _ggen_marketplace_v1_ListResponse, _ggen_marketplace_v1_ListRequest__Output, _ggen_marketplace_v1_ListResponse__Output>
  Stats: MethodDefinition<_ggen_marketplace_v1_PackageStoreServiceStatsRequest, _ggen_marketplace_v1_PackageStoreServiceStatsResponse, _ggen_marketplace_v1_PackageStoreServiceStatsRequest__Output, _ggen_marketplace_v1_PackageStoreServiceStatsResponse__Output>
  Upload: MethodDefinition<_ggen_marketplace_v1_UploadRequest, _ggen_marketplace_v1_UploadResponse, _ggen_marketplace_v1_UploadRequest__Output, _ggen_marketplace_v1_UploadResponse__Output>
  VerifyIntegrity: MethodDefinition<_ggen_marketplace_v1_VerifyIntegrityRequest, _ggen_marketplace_v1_VerifyIntegrityResponse, _ggen_marketplace_v1_VerifyIntegrityRequest__Output, _ggen_marketplace_v1_VerifyIntegrityResponse__Output>
}
