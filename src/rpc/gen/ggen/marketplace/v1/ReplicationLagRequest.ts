// Generated from proto/ggen/marketplace/v1/cluster_service.proto by `npm run proto`; do not edit.


export interface ReplicationLagRequest {
}

export interface ReplicationLagRequest__Output {
}
