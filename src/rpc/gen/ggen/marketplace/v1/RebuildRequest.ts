// Generated from proto/ggen/marketplace/v1/search_service.proto by `npm run proto`; do not edit.


export interface RebuildRequest {
}

export interface RebuildRequest__Output {
}
