/** What an owner is told of legal demands, and may say to them. */
import { z } from 'zod';
import type { LegalDesk } from '../services/legal-desk/legal-desk.ts';
import type { ApiServer } from './api-context.ts';
import { ownerOf } from './authentication.ts';
import { challenging, consenting, demandParams, noticeParams } from './desk-requests.ts';
import { noticeView, viewNotice } from './desk-views.ts';
import { officeRefusals } from './office-refusals.ts';
import { notFound } from './problems.ts';

const tags = ['notices'];
const done = { 204: z.null(), ...officeRefusals };

export function addConsentRoutes(server: ApiServer, desk: LegalDesk): void {
  server.get(
    '/v1/notices',
    {
      schema: {
        tags,
        summary: 'Legal demands for your records, as far as the law lets you be told',
        response: { 200: z.strictObject({ items: z.array(noticeView) }), ...officeRefusals },
      },
    },
    async (request) => ({
      items: (await desk.notices(ownerOf(request).account)).map(viewNotice),
    }),
  );

  server.post(
    '/v1/notices/:notice/challenge',
    {
      schema: {
        tags,
        summary:
          'Tell that you challenge the demand in court: nothing leaves until that is decided',
        params: noticeParams,
        body: challenging,
        response: done,
      },
    },
    async (request, reply) => {
      const { account } = ownerOf(request);
      const { notice } = request.params;
      // [DEL-4] Too late, challenged already, another's, unknown: one answer.
      if (!(await desk.challenge(account, notice, request.body.because))) throw notFound('notice');
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/notices/:notice/waiver',
    {
      schema: {
        tags,
        summary: 'Tell that you will not challenge the demand: what leaves need not wait for you',
        params: noticeParams,
        response: done,
      },
    },
    async (request, reply) => {
      const { account } = ownerOf(request);
      if (!(await desk.waiveChallenge(account, request.params.notice))) throw notFound('notice');
      return reply.code(204).send(null);
    },
  );

  server.put(
    '/v1/consents/:demand',
    {
      schema: {
        tags,
        summary: 'Consent to a request, clip by clip; nothing beside them leaves',
        params: demandParams,
        body: consenting,
        response: done,
      },
    },
    async (request, reply) => {
      const { account } = ownerOf(request);
      if (!(await desk.consent(account, request.params.demand, request.body))) {
        throw notFound('request');
      }
      return reply.code(204).send(null);
    },
  );

  server.delete(
    '/v1/consents/:demand',
    {
      schema: {
        tags,
        summary: 'Take a consent back, until the bag is begun',
        params: demandParams,
        response: done,
      },
    },
    async (request, reply) => {
      if (!(await desk.revokeConsent(ownerOf(request).account, request.params.demand))) {
        throw notFound('request');
      }
      return reply.code(204).send(null);
    },
  );
}
