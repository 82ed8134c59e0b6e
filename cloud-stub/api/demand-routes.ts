/** Demands: handing one in, and reading what became of it. */
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Ulid } from '../../device/wire/ids.ts';
import type { LegalDesk } from '../services/legal-desk/legal-desk.ts';
import type { ApiServer } from './api-context.ts';
import { principalOf } from './authentication.ts';
import { accepted } from './desk-answers.ts';
import { answering, demandParams, demandsQuery, itemsQuery, submission } from './desk-requests.ts';
import {
  agencyMatterView,
  demandSummary,
  deskMatterView,
  itemView,
  viewAgencyMatter,
  viewDeskMatter,
  viewSummary,
} from './desk-views.ts';
import { apiLimits } from './limits.ts';
import { officeRefusals } from './office-refusals.ts';
import { media, notFound } from './problems.ts';
import { present } from './requests.ts';

const tags = ['demands'];

export function addDemandRoutes(server: ApiServer, desk: LegalDesk): void {
  addSubmission(server, desk);
  addReading(server, desk);
}

function addSubmission(server: ApiServer, desk: LegalDesk): void {
  server.post(
    '/v1/demands',
    {
      bodyLimit: apiLimits.paperBodyBytesMax,
      schema: {
        tags,
        summary: 'Serve a demand: the form, and the paper itself',
        body: submission,
        response: { 201: agencyMatterView, ...officeRefusals },
      },
    },
    async (request, reply) => {
      const { form, document } = request.body;
      const file = fileOf(document);
      const matter = accepted(await desk.submit(principalOf(request), form, file));
      return reply.code(201).send(viewAgencyMatter(matter));
    },
  );

  server.post(
    '/v1/demands/:demand/answer',
    {
      bodyLimit: apiLimits.paperBodyBytesMax,
      schema: {
        tags,
        summary: 'Answer a question with the form, and perhaps the paper, anew',
        params: demandParams,
        body: answering,
        response: { 200: agencyMatterView, ...officeRefusals },
      },
    },
    async (request) => {
      const { form, document } = request.body;
      const file = document === null ? null : fileOf(document);
      const { demand } = request.params;
      return viewAgencyMatter(
        accepted(await desk.answer(principalOf(request), demand, form, file)),
      );
    },
  );
}

function addReading(server: ApiServer, desk: LegalDesk): void {
  server.get(
    '/v1/demands',
    {
      schema: {
        tags,
        summary: "Demands, newest first: your agency's, or for the desk all",
        querystring: demandsQuery,
        response: {
          200: z.strictObject({ items: z.array(demandSummary), next: z.string().nullable() }),
          ...officeRefusals,
        },
      },
    },
    async (request) => {
      const page = await desk.list(principalOf(request), present(request.query));
      return { items: page.items.map(viewSummary), next: page.next };
    },
  );

  server.get(
    '/v1/demands/:demand',
    {
      schema: {
        tags,
        summary: 'One matter, as its agency or as the desk sees it',
        params: demandParams,
        response: { 200: z.union([deskMatterView, agencyMatterView]), ...officeRefusals },
      },
    },
    (request) => matterFor(desk, request, request.params.demand),
  );

  server.get(
    '/v1/demands/:demand/items',
    {
      schema: {
        tags,
        summary: 'The decision item by item: released or withheld, and why',
        params: demandParams,
        querystring: itemsQuery,
        response: {
          200: z.strictObject({ items: z.array(itemView), next: z.string().nullable() }),
          ...officeRefusals,
        },
      },
    },
    async (request) => {
      const { demand } = request.params;
      const page = await desk.items(principalOf(request), demand, present(request.query));
      if (page === null) throw notFound('demand');
      return { items: page.items.map((item) => ({ ...item })), next: page.next };
    },
  );

  server.get(
    '/v1/demands/:demand/document',
    {
      schema: {
        tags,
        summary: 'The served paper, byte for byte',
        params: demandParams,
        response: { 200: media('application/octet-stream', 'the paper'), ...officeRefusals },
      },
    },
    async (request, reply) => {
      const file = await desk.document(principalOf(request), request.params.demand);
      if (file === null) throw notFound('demand');
      // Never shown in place: a paper is somebody else's file.
      reply.header('content-disposition', `attachment; filename="${file.name}"`);
      reply.header('cache-control', 'no-store');
      return reply.type(file.mediaType).send(Buffer.from(file.bytes));
    },
  );

  server.get(
    '/v1/demands/:demand/bag',
    {
      schema: {
        tags,
        summary: 'The delivered bag, as a tar',
        params: demandParams,
        response: { 200: media('application/x-tar', 'the bag'), ...officeRefusals },
      },
    },
    async (request, reply) => {
      const bag = await desk.openBag(principalOf(request), request.params.demand);
      if (bag === null) throw notFound('bag');
      reply.raw.once('close', () => void bag.close());
      reply.header('content-disposition', `attachment; filename="${bag.name}.tar"`);
      reply.header('cache-control', 'no-store').header('content-length', bag.tarBytes);
      return reply.type('application/x-tar').send(Readable.from(bag.tar()));
    },
  );
}

async function matterFor(desk: LegalDesk, request: FastifyRequest, demand: Ulid) {
  const by = principalOf(request);
  if (by.agency !== null) {
    const own = await desk.showAgency(by, demand);
    if (own === null) throw notFound('demand');
    return viewAgencyMatter(own);
  }
  const matter = await desk.show(by, demand);
  if (matter === null) throw notFound('demand');
  return viewDeskMatter(matter);
}

const fileOf = ({ base64, ...rest }: { name: string; mediaType: string; base64: string }) => ({
  ...rest,
  bytes: Buffer.from(base64, 'base64'),
});
