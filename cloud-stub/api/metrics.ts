/** Figures about the API for operators: routes, answers and streams, never whose. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { OpenStreams, StreamKind } from './open-streams.ts';

export type ApiMetrics = {
  readonly registry: Registry;
  answered(method: string, route: string, status: number, elapsedMs: number): void;
  frameDropped(): void;
};

/** `registry` may hold what other parts of the cloud measure; it is served with the rest. */
export function apiMetrics(streams: OpenStreams, registry = new Registry()): ApiMetrics {
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const requests = new Counter({
    name: 'doorbell_http_requests_total',
    help: 'Answered requests by route pattern',
    labelNames: ['method', 'route', 'status'] as const,
    registers,
  });
  const durations = new Histogram({
    name: 'doorbell_http_request_seconds',
    help: 'From the request to the end of its answer, by route pattern',
    labelNames: ['method', 'route'] as const,
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const dropped = new Counter({
    name: 'doorbell_http_live_frames_dropped_total',
    help: 'Live pictures left out because the reader was slow',
    registers,
  });
  new Gauge({
    name: 'doorbell_http_streams',
    help: 'Open streams by kind',
    labelNames: ['kind'] as const,
    registers,
    collect() {
      for (const kind of ['events', 'live', 'footage'] satisfies StreamKind[]) {
        this.set({ kind }, streams.count(kind));
      }
    },
  });
  return {
    registry,
    answered: (method, route, status, elapsedMs) => {
      requests.inc({ method, route, status });
      durations.observe({ method, route }, elapsedMs / 1000);
    },
    frameDropped: () => dropped.inc(),
  };
}
