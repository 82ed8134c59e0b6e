/** For operators and orchestrators: whether it lives, whether it is ready, and its figures. */
import { z } from 'zod';
import type { ApiContext, ApiServer } from './api-context.ts';

const health = z
  .strictObject({
    live: z.literal(true),
    ready: z.boolean(),
    facts: z
      .record(z.string(), z.string().nullable())
      .describe('what must work, each with its fault or null'),
    version: z.string(),
  })
  .meta({ id: 'Health' });

export function addOperationsRoutes(server: ApiServer, context: ApiContext): void {
  const { cloud, metrics, version } = context;

  server.get(
    '/healthz',
    {
      schema: {
        tags: ['operations'],
        summary: 'Answering at all is liveness; 503 is not ready',
        response: { 200: health, 503: health },
      },
    },
    async (_request, reply) => {
      const facts = await cloud.readiness();
      const ready = Object.values(facts).every((fault) => fault === null);
      reply.header('cache-control', 'no-store');
      return reply
        .code(ready ? 200 : 503)
        .send({ live: true, ready, facts: { ...facts }, version });
    },
  );

  server.get(
    '/metrics',
    { schema: { tags: ['operations'], summary: 'Prometheus text format' } },
    async (_request, reply) => {
      reply.header('cache-control', 'no-store');
      return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
    },
  );
}
