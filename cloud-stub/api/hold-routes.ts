/** Holds, for the desk's people and the auditor. */
import { z } from 'zod';
import { epochMs } from '../../device/wire/time.ts';
import type { LegalDesk } from '../services/legal-desk/legal-desk.ts';
import type { ApiServer } from './api-context.ts';
import { principalOf } from './authentication.ts';
import { accepted } from './desk-answers.ts';
import { holdParams, holdRequest, holdsQuery, release, renewal } from './desk-requests.ts';
import { holdProposalView, holdView, viewHold, viewHoldProposal } from './desk-views.ts';
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
        summary: 'Place a hold for litigation you foresee, for a finite time',
        description: '202: it is wide, and holds nothing before an approver says so.',
        body: holdRequest,
        response: { 201: holdView, 202: holdProposalView, ...officeRefusals },
      },
    },
    async (request, reply) => {
      const { basis, things, accounts, from, to } = request.body;
      const at = (text: string) => epochMs(Date.parse(text));
      const scope = {
        subjects: [
          ...things.map((thing) => ({ by: 'device' as const, thing })),
          ...accounts.map((account) => ({ by: 'account' as const, account })),
        ],
        from: at(from),
        to: at(to),
      };
      const done = accepted(await holds.place(principalOf(request), { basis, scope }));
      return done.state === 'placed'
        ? reply.code(201).send(viewHold(done.hold))
        : reply.code(202).send(viewHoldProposal(done.proposal));
    },
  );

  server.get(
    '/v1/hold-proposals',
    {
      schema: {
        tags,
        summary: 'Wide holds that wait for a second person, newest first',
        response: {
          200: z.strictObject({ items: z.array(holdProposalView) }),
          ...officeRefusals,
        },
      },
    },
    async () => ({ items: (await holds.proposals()).map(viewHoldProposal) }),
  );

  server.post(
    '/v1/hold-proposals/:hold/approval',
    {
      schema: {
        tags,
        summary: 'Approve, as the second person, what another proposed: from now on it is held',
        params: holdParams,
        response: one,
      },
    },
    async (request) =>
      viewHold(accepted(await holds.approve(principalOf(request), request.params.hold))),
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
