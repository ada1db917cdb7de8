// Generated from proto/ggen/raft/v1/peer.proto by `npm run proto`; do not edit.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CallFrame as _ggen_raft_v1_CallFrame, CallFrame__Output as _ggen_raft_v1_CallFrame__Output } from '../../../ggen/raft/v1/CallFrame.js';
import type { ExchangeFrame as _ggen_raft_v1_ExchangeFrame, ExchangeFrame__Output as _ggen_raft_v1_ExchangeFrame__Output } from '../../../ggen/raft/v1/ExchangeFrame.js';

export interface PeerServiceClient extends grpc.Client {
  Call(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_CallFrame, _ggen_raft_v1_CallFrame__Output>;
  Call(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_CallFrame, _ggen_raft_v1_CallFrame__Output>;
  call(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_CallFrame, _ggen_raft_v1_CallFrame__Output>;
  call(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_CallFrame, _ggen_raft_v1_CallFrame__Output>;
  
  Exchange(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_ExchangeFrame, _ggen_raft_v1_ExchangeFrame__Output>;
  Exchange(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_ExchangeFrame, _ggen_raft_v1_ExchangeFrame__Output>;
  exchange(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_ExchangeFrame, _ggen_raft_v1_ExchangeFrame__Output>;
  exchange(options?: grpc.CallOptions): grpc.ClientDuplexStream<_ggen_raft_v1_ExchangeFrame, _ggen_raft_v1_ExchangeFrame__Output>;
  
}

export interface PeerServiceHandlers extends grpc.UntypedServiceImplementation {
  Call: grpc.handleBidiStreamingCall<_ggen_raft_v1_CallFrame__Output, _ggen_raft_v1_CallFrame>;
  
  Exchange: grpc.handleBidiStreamingCall<_ggen_raft_v1_ExchangeFrame__Output, _ggen_raft_v1_ExchangeFrame>;
  
}

export interface PeerServiceDefinition extends grpc.ServiceDefinition {
  Call: MethodDefinition<_ggen_raft_v1_CallFrame, _ggen_raft_v1_CallFrame, _ggen_raft_v1_CallFrame__Output, _ggen_raft_v1_CallFrame__Output>
  Exchange: MethodDefinition<_ggen_raft_v1_ExchangeFrame, _ggen_raft_v1_ExchangeFrame, _ggen_raft_v1_ExchangeFrame__Output, _ggen_raft_v1_ExchangeFrame__Output>
}
