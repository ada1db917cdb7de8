// Generated from proto/grpc/health/v1/health.proto by `npm run proto`; do not edit.


export interface HealthCheckRequest {
  'service'?: (string);
}

export interface HealthCheckRequest__Output {
  'service': (string);
}
