// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { StatusRequest as _ggen_marketplace_v1_StatusRequest, StatusRequest__Output as _ggen_marketplace_v1_StatusRequest__Output } from '../../../ggen/marketplace/v1/StatusRequest.js';
import type { StatusResponse as _ggen_marketplace_v1_StatusResponse, StatusResponse__Output as _ggen_marketplace_v1_StatusResponse__Output } from '../../../ggen/marketplace/v1/StatusResponse.js';

export interface ClusterServiceClient extends grpc.Client {
  Status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ggen_marketplace_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ggen_marketplace_v1_StatusRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ClusterServiceHandlers extends grpc.UntypedServiceImplementation {
  Status: grpc.handleUnaryCall<_ggen_marketplace_v1_StatusRequest__Output, _ggen_marketplace_v1_StatusResponse>;
  
}

export interface ClusterServiceDefinition extends grpc.ServiceDefinition {
  Status: MethodDefinition<_ggen_marketplace_v1_StatusRequest, _ggen_marketplace_v1_StatusResponse, _ggen_marketplace_v1_StatusRequest__Output, _ggen_marketplace_v1_StatusResponse__Output>
}
