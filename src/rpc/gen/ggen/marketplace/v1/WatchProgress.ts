// Generated from proto/ggen/marketplace/v1/registry_service.proto by `npm run proto`; do not edit.


export interface WatchProgress {
}

export interface WatchProgress__Output {
}
