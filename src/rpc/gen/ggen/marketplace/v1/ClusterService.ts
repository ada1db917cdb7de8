// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AddPeerRequest as _ggen_marketplace_v1_AddPeerRequest, AddPeerRequest__Output as _ggen_marketplace_v1_AddPeerRequest__Output } from '../../../ggen/marketplace/v1/AddPeerRequest.js';
import type { AddPeerResponse as _ggen_marketplace_v1_AddPeerResponse, AddPeerResponse__Output as _ggen_marketplace_v1_AddPeerResponse__Output } from '../../../ggen/marketplace/v1/AddPeerResponse.js';
import type { BackupRequest as _ggen_marketplace_v1_BackupRequest, BackupRequest__Output as _ggen_marketplace_v1_BackupRequest__Output } from '../../../ggen/marketplace/v1/BackupRequest.js';
import type { BackupResponse as _ggen_marketplace_v1_BackupResponse, BackupResponse__Output as _ggen_marketplace_v1_BackupResponse__Output } from '../../../ggen/marketplace/v1/BackupResponse.js';
import type { HealRequest as _ggen_marketplace_v1_HealRequest, HealRequest__Output as _ggen_marketplace_v1_HealRequest__Output } from '../../../ggen/marketplace/v1/HealRequest.js';
import type { HealResponse as _ggen_marketplace_v1_HealResponse, HealResponse__Output as _ggen_marketplace_v1_HealResponse__Output } from '../../../ggen/marketplace/v1/HealResponse.js';
import type { ListQuotasRequest as _ggen_marketplace_v1_ListQuotasRequest, ListQuotasRequest__Output as _ggen_marketplace_v1_ListQuotasRequest__Output } from '../../../ggen/marketplace/v1/ListQuotasRequest.js';
import type { ListQuotasResponse as _ggen_marketplace_v1_ListQuotasResponse, ListQuotasResponse__Output as _ggen_marketplace_v1_ListQuotasResponse__Output } from '../../../ggen/marketplace/v1/ListQuotasResponse.js';
import type { PromotePeerRequest as _ggen_marketplace_v1_PromotePeerRequest, PromotePeerRequest__Output as _ggen_marketplace_v1_PromotePeerRequest__Output } from '../../../ggen/marketplace/v1/PromotePeerRequest.js';
import type { PromotePeerResponse as _ggen_marketplace_v1_PromotePeerResponse, PromotePeerResponse__Output as _ggen_marketplace_v1_PromotePeerResponse__Output } from '../../../ggen/marketplace/v1/PromotePeerResponse.js';
import type { RemovePeerRequest as _ggen_marketplace_v1_RemovePeerRequest, RemovePeerRequest__Output as _ggen_marketplace_v1_RemovePeerRequest__Output } from '../../../ggen/marketplace/v1/RemovePeerRequest.js';
import type { RemovePeerResponse as _ggen_marketplace_v1_RemovePeerResponse, RemovePeerResponse__Output as _ggen_marketplace_v1_RemovePeerResponse__Output } from '../../../ggen/marketplace/v1/RemovePeerResponse.js';
import type { ReplicationLagRequest as _ggen_marketplace_v1_ReplicationLagRequest, ReplicationLagRequest__Output as _ggen_marketplace_v1_ReplicationLagRequest__Output } from '../../../ggen/marketplace/v1/ReplicationLagRequest.js';
import type { ReplicationLagResponse as _ggen_marketplace_v1_ReplicationLagResponse, ReplicationLagResponse__Output as _ggen_marketplace_v1_ReplicationLagResponse__Output } from '../../../ggen/marketplace/v1/ReplicationLagResponse.js';
import type { RestoreRequest as _ggen_marketplace_v1_RestoreRequest, RestoreRequest__Output as _ggen_marketplace_v1_RestoreRequest__Output } from '../../../ggen/marketplace/v1/RestoreRequest.js';
import type { RestoreResponse as _ggen_marketplace_v1_RestoreResponse, RestoreResponse__Output as _ggen_marketplace_v1_RestoreResponse__Output } from '../../../ggen/marketplace/v1/RestoreResponse.js';
import type { SetQuotaRequest as _ggen_marketplace_v1_SetQuotaRequest, SetQuotaRequest__Output as _ggen_marketplace_v1_SetQuotaRequest__Output } from '../../../ggen/marketplace/v1/SetQuotaRequest.js';
import type { SetQuotaResponse as _ggen_marketplace_v1_SetQuotaResponse, SetQuotaResponse__Output as _ggen_marketplace_v1_SetQuotaResponse__Output } from '../../../ggen/marketplace/v1/SetQuotaResponse.js';
import type { SnapshotRequest as _ggen_marketplace_v1_SnapshotRequest, SnapshotRequest__Output as _ggen_marketplace_v1_SnapshotRequest__Output } from '../../../ggen/marketplace/v1/SnapshotRequest.js';
import type { SnapshotResponse as _ggen_marketplace_v1_SnapshotResponse, SnapshotResponse__Output as _ggen_marketplace_v1_SnapshotResponse__Output } from '../../../ggen/marketplace/v1/SnapshotResponse.js';
import type { StatusRequest as _ggen_marketplace_v1_StatusRequest, StatusRequest__Output as _ggen_marketplace_v1_StatusRequest__Output } from '../../../ggen/marketplace/v1/StatusRequest.js';
import type { StatusResponse as _ggen_marketplace_v1_StatusResponse, StatusResponse__Output as _ggen_marketplace_v1_StatusResponse__Output } from '../../../ggen/marketplace/v1/StatusResponse.js';
import type { TransferLeadershipRequest as _ggen_marketplace_v1_TransferLeadershipRequest, TransferLeadershipRequest__Output as _ggen_marketplace_v1_TransferLeadershipRequest__Output } from '../../../ggen/marketplace/v1/TransferLeadershipRequest.js';
import type { TransferLeadershipResponse as _ggen_marketplace_v1_TransferLeadershipResponse, TransferLeadershipResponse__Output as _ggen_marketplace_v1_TransferLeadershipResponse__Output } from '../../../ggen/marketplace/v1/TransferLeadershipResponse.js';
import type { VerifyRequest as _ggen_marketplace_v1_VerifyRequest, VerifyRequest__Output as _ggen_marketplace_v1_VerifyRequest__Output } from '../../../ggen/marketplace/v1/VerifyRequest.js';
import type { VerifyResponse as _ggen_marketplace_v1_VerifyResponse, VerifyResponse__Output as _ggen_marketplace_v1_VerifyResponse__Output } from '../../../ggen/marketplace/v1/VerifyResponse.js';

export interface ClusterServiceClient extends grpc.Client {
  AddPeer(argument: _ggen_marketplace_v1_AddPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  AddPeer(argument: _ggen_marketplace_v1_AddPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  AddPeer(argument: _ggen_marketplace_v1_AddPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  AddPeer(argument: _ggen_marketplace_v1_AddPeerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  addPeer(argument: _ggen_marketplace_v1_AddPeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  addPeer(argument: _ggen_marketplace_v1_AddPeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  addPeer(argument: _ggen_marketplace_v1_AddPeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  addPeer(argument: _ggen_marketplace_v1_AddPeerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_AddPeerResponse__Output>): grpc.ClientUnaryCall;
  
  Backup(argument: _ggen_marketplace_v1_BackupRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_BackupResponse__Output>;
  Backup(argument: _ggen_marketplace_v1_BackupRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_BackupResponse__Output>;
  backup(argument: _ggen_marketplace_v1_BackupRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_BackupResponse__Output>;
  backup(argument: _ggen_marketplace_v1_BackupRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_BackupResponse__Output>;
  
  Heal(argument: _ggen_marketplace_v1_HealRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  Heal(argument: _ggen_marketplace_v1_HealRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  Heal(argument: _ggen_marketplace_v1_HealRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  Heal(argument: _ggen_marketplace_v1_HealRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  heal(argument: _ggen_marketplace_v1_HealRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  heal(argument: _ggen_marketplace_v1_HealRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  heal(argument: _ggen_marketplace_v1_HealRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  heal(argument: _ggen_marketplace_v1_HealRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_HealResponse__Output>): grpc.ClientUnaryCall;
  
  ListQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  ListQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  ListQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  ListQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  listQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  listQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  listQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  listQuotas(argument: _ggen_marketplace_v1_ListQuotasRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ListQuotasResponse__Output>): grpc.ClientUnaryCall;
  
  PromotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  PromotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  PromotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  PromotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  promotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  promotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  promotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  promotePeer(argument: _ggen_marketplace_v1_PromotePeerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_PromotePeerResponse__Output>): grpc.ClientUnaryCall;
  
  RemovePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  RemovePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  RemovePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  RemovePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  removePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  removePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  removePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  removePeer(argument: _ggen_marketplace_v1_RemovePeerRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_RemovePeerResponse__Output>): grpc.ClientUnaryCall;
  
  ReplicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  ReplicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  ReplicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  ReplicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  replicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  replicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  replicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  replicationLag(argument: _ggen_marketplace_v1_ReplicationLagRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_ReplicationLagResponse__Output>): grpc.ClientUnaryCall;
  
  Restore(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  Restore(metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  Restore(options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  Restore(callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  restore(metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  restore(metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  restore(options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  restore(callback: grpc.requestCallback<_ggen_marketplace_v1_RestoreResponse__Output>): grpc.ClientWritableStream<_ggen_marketplace_v1_RestoreRequest>;
  
  SetQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  SetQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  SetQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  SetQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  setQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  setQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  setQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  setQuota(argument: _ggen_marketplace_v1_SetQuotaRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SetQuotaResponse__Output>): grpc.ClientUnaryCall;
  
  Snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  Snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  Snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  Snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  snapshot(argument: _ggen_marketplace_v1_SnapshotRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_SnapshotResponse__Output>): grpc.ClientUnaryCall;
  
  Status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ggen_marketplace_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  Status(argument: _ggen_marketplace_v1_StatusRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  status(argument: _ggen_marketplace_v1_StatusRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_StatusResponse__Output>): grpc.ClientUnaryCall;
  
  TransferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  TransferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  transferLeadership(argument: _ggen_marketplace_v1_TransferLeadershipRequest, callback: grpc.requestCallback<_ggen_marketplace_v1_TransferLeadershipResponse__Output>): grpc.ClientUnaryCall;
  
  Verify(argument: _ggen_marketplace_v1_VerifyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyResponse__Output>;
  Verify(argument: _ggen_marketplace_v1_VerifyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyResponse__Output>;
  verify(argument: _ggen_marketplace_v1_VerifyRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyResponse__Output>;
  verify(argument: _ggen_marketplace_v1_VerifyRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_ggen_marketplace_v1_VerifyResponse__Output>;
  
}

export interface ClusterServiceHandlers extends grpc.UntypedServiceImplementation {
  AddPeer: grpc.handleUnaryCall<_ggen_marketplace_v1_AddPeerRequest__Output, _ggen_marketplace_v1_AddPeerResponse>;
  
  Backup: grpc.handleServerStreamingCall<_ggen_marketplace_v1_BackupRequest__Output, _ggen_marketplace_v1_BackupResponse>;
  
  Heal: grpc.handleUnaryCall<_ggen_marketplace_v1_HealRequest__Output, _ggen_marketplace_v1_HealResponse>;
  
  ListQuotas: grpc.handleUnaryCall<_ggen_marketplace_v1_ListQuotasRequest__Output, _ggen_marketplace_v1_ListQuotasResponse>;
  
  PromotePeer: grpc.handleUnaryCall<_ggen_marketplace_v1_PromotePeerRequest__Output, _ggen_marketplace_v1_PromotePeerResponse>;
  
  RemovePeer: grpc.handleUnaryCall<_ggen_marketplace_v1_RemovePeerRequest__Output, _ggen_marketplace_v1_RemovePeerResponse>;
  
  ReplicationLag: grpc.handleUnaryCall<_ggen_marketplace_v1_ReplicationLagRequest__Output, _ggen_marketplace_v1_ReplicationLagResponse>;
  
  Restore: grpc.handleClientStreamingCall<_ggen_marketplace_v1_RestoreRequest__Output, _ggen_marketplace_v1_RestoreResponse>;
  
  SetQuota: grpc.handleUnaryCall<_ggen_marketplace_v1_SetQuotaRequest__Output, _ggen_marketplace_v1_SetQuotaResponse>;
  
  Snapshot: grpc.handleUnaryCall<_ggen_marketplace_v1_SnapshotRequest__Output, _ggen_marketplace_v1_SnapshotResponse>;
  
  Status: grpc.handleUnaryCall<_ggen_marketplace_v1_StatusRequest__Output, _ggen_marketplace_v1_StatusResponse>;
  
  TransferLeadership: grpc.handleUnaryCall<_ggen_marketplace_v1_TransferLeadershipRequest__Output, _ggen_marketplace_v1_TransferLeadershipResponse>;
  
  Verify: grpc.handleServerStreamingCall<_ggen_marketplace_v1_VerifyRequest__Output, _ggen_marketplace_v1_VerifyResponse>;
  
}

export interface ClusterServiceDefinition extends grpc.ServiceDefinition {
  AddPeer: MethodDefinition<_ggen_marketplace_v1_AddPeerRequest, _ggen_marketplace_v1_AddPeerResponse, _ggen_marketplace_v1_AddPeerRequest__Output, _ggen_marketplace_v1_AddPeerResponse__Output>
  Backup: MethodDefinition<_ggen_marketplace_v1_BackupRequest, _ggen_marketplace_v1_BackupResponse, _ggen_marketplace_v1_BackupRequest__Output, _ggen_marketplace_v1_BackupResponse__Output>
  Heal: MethodDefinition<_ggen_marketplace_v1_HealRequest, _ggen_marketplace_v1_HealResponse, _ggen_marketplace_v1_HealRequest__Output, _ggen_marketplace_v1_HealResponse__Output>
  ListQuotas: MethodDefinition<_ggen_marketplace_v1_ListQuotasRequest, _ggen_marketplace_v1_ListQuotasResponse, _ggen_marketplace_v1_ListQuotasRequest__Output, _ggen_marketplace_v1_ListQuotasResponse__Output>
  PromotePeer: MethodDefinition<_ggen_marketplace_v1_PromotePeerRequest, _ggen_marketplace_v1_PromotePeerResponse, _ggen_marketplace_v1_PromotePeerRequest__Output, _ggen_marketplace_v1_PromotePeerResponse__Output>
  RemovePeer: MethodDefinition<_ggen_marketplace_v1_RemovePeerRequest, _ggen_marketplace_v1_RemovePeerResponse, _ggen_marketplace_v1_RemovePeerRequest__Output, _ggen_marketplace_v1_RemovePeerResponse__Output>
  ReplicationLag: MethodDefinition<_ggen_marketplace_v1_ReplicationLagRequest, _ggen_marketplace_v1_ReplicationLagResponse, _ggen_marketplace_v1_ReplicationLagRequest__Output, _ggen_marketplace_v1_ReplicationLagResponse__Output>
  Restore: MethodDefinition<_ggen_marketplace_v1_RestoreRequest, _ggen_marketplace_v1_RestoreResponse, _ggen_marketplace_v1_RestoreRequest__Output, _ggen_marketplace_v1_RestoreResponse__Output>
  SetQuota: MethodDefinition<_ggen_marketplace_v1_SetQuotaRequest, _ggen_marketplace_v1_SetQuotaResponse, _ggen_marketplace_v1_SetQuotaRequest__Output, _ggen_marketplace_v1_SetQuotaResponse__Output>
  Snapshot: MethodDefinition<_ggen_marketplace_v1_SnapshotRequest, _ggen_marketplace_v1_SnapshotResponse, _ggen_marketplace_v1_SnapshotRequest__Output, _ggen_marketplace_v1_SnapshotResponse__Output>
  Status: MethodDefinition<_ggen_marketplace_v1_StatusRequest, _ggen_marketplace_v1_StatusResponse, _ggen_marketplace_v1_StatusRequest__Output, _ggen_marketplace_v1_StatusResponse__Output>
  TransferLeadership: MethodDefinition<_ggen_marketplace_v1_TransferLeadershipRequest, _ggen_marketplace_v1_TransferLeadershipResponse, _ggen_marketplace_v1_TransferLeadershipRequest__Output, _ggen_marketplace_v1_TransferLeadershipResponse__Output>
  Verify: MethodDefinition<_ggen_marketplace_v1_VerifyRequest, _ggen_marketplace_v1_VerifyResponse, _ggen_marketplace_v1_VerifyRequest__Output, _ggen_marketplace_v1_VerifyResponse__Output>
}
