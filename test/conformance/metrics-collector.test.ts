import { MemoryMetrics } from '../../src/runtime/memory-metrics.js'
import { PrometheusMetrics } from '../../src/runtime/prometheus-metrics.js'
import { metricsConformance } from './metrics-collector.js'

metricsConformance('prom-client', () => new PrometheusMetrics({ process: false }))
metricsConformance('in memory', () => new MemoryMetrics())
