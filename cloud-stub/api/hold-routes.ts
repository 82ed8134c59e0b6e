/** Holds, for the desk's people and the auditor. */
import { z } from 'zod';
import { epochMs } from '../../device/wire/time.ts';
import type { LegalDesk } from '../services/legal-desk.ts';
import type { ApiServer } from './api-context.ts';
import { principalOf } from './authentication.ts';
import { accepted } from './desk-answers.ts';
import { holdParams, holdRequest, holdsQuery, release, renewal } from './desk-requests.ts';
import { holdView, viewHold } from './desk-views.ts';
import { officeRefusals } from './office-refusals.ts';
import { notFound } from './problems.ts';
import { present } from './requests.ts';

const tags = ['holds'];
const one = { 200: holdView, ...officeRefusals };

export function addHoldRoutes(server: ApiServer, { holds }: LegalDesk): void {
  server.get(
    '/v1/holds',
    {
      schema: {
        tags,
        summary: 'Holds, newest first',
        querystring: holdsQuery,
        response: {
          200: z.strictObject({ items: z.array(holdView), next: z.string().nullable() }),
          ...officeRefusals,
        },
      },
    },
    async (request) => {
      const { open, ...rest } = request.query;
      const page = await holds.list({ ...present(rest), open: open !== undefined });
      return { items: page.items.map(viewHold), next: page.next };
    },
  );

  server.get(
    '/v1/holds/:hold',
    { schema: { tags, summary: 'One hold', params: holdParams, response: one } },
    async (request) => {
      const hold = await holds.find(request.params.hold);
      if (hold === null) throw notFound('hold');
      return viewHold(hold);
    },
  );

  server.post(
    '/v1/holds',
    {
      schema: {
        tags,
        summary: 'Place a hold for litigation you foresee, on named doorbells and a finite time',
        body: holdRequest,
        response: { 201: holdView, ...officeRefusals },
      },
    },
    async (request, reply) => {
      const { basis, things, from, to } = request.body;
      const at = (text: string) => epochMs(Date.parse(text));
      const scope = {
        subjects: things.map((thing) => ({ by: 'device' as const, thing })),
        from: at(from),
        to: at(to),
      };
      const placed = await holds.place(principalOf(request), { basis, scope });
      return reply.code(201).send(viewHold(accepted(placed)));
    },
  );

  server.post(
    '/v1/holds/:hold/renewal',
    {
      schema: {
        tags,
        summary: 'Renew a hold on a renewed request, before it lapses',
        params: holdParams,
        body: renewal,
        response: one,
      },
    },
    async (request) => {
      const { hold } = request.params;
      const renewed = await holds.renew(principalOf(request), hold, request.body.request);
      return viewHold(accepted(renewed));
    },
  );

  server.post(
    '/v1/holds/:hold/release',
    {
      schema: {
        tags,
        summary: 'Ask for the release of a hold, or as the second person let go of it',
        params: holdParams,
        body: release,
        response: one,
      },
    },
    async (request) => {
      const { hold } = request.params;
      const released = await holds.release(principalOf(request), hold, request.body.because);
      return viewHold(accepted(released));
    },
  );
}
