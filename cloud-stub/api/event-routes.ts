/** What doorbells report: as a list, and as it happens. */
import { z } from 'zod';
import type { ApiContext, ApiServer } from './api-context.ts';
import { ownerOf } from './authentication.ts';
import { sendEventStream } from './event-stream.ts';
import { media, problemSchema, refusals } from './problems.ts';
import { eventsQuery, present } from './requests.ts';
import { eventView, viewEvent } from './views.ts';

const tags = ['events'];

export function addEventRoutes(server: ApiServer, context: ApiContext): void {
  server.get(
    '/v1/events',
    {
      schema: {
        tags,
        summary: 'What your doorbells reported, newest first',
        querystring: eventsQuery,
        response: {
          200: z.strictObject({ items: z.array(eventView), next: z.string().nullable() }),
          ...refusals,
        },
      },
    },
    async (request) => {
      const { kind, ...rest } = request.query;
      const kinds = kind === undefined ? undefined : [kind].flat();
      const query = present({ ...rest, kinds });
      const page = await context.cloud.happenings.list(ownerOf(request).account, query);
      return { items: page.items.map(viewEvent), next: page.next };
    },
  );

  server.get(
    '/v1/events/stream',
    {
      schema: {
        tags,
        summary: 'What happens, as it happens: text/event-stream',
        description:
          'Messages `event`, `clip`, `clip-gone`, `device`, each with JSON. Events carry an id; reconnecting with ' +
          'Last-Event-ID resumes behind it without a gap.',
        response: {
          200: media('text/event-stream', 'messages until the reader leaves'),
          401: problemSchema,
          429: problemSchema,
        },
      },
    },
    (request, reply) => sendEventStream(context, request, reply),
  );
}
