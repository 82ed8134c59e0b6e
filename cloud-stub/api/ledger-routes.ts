/**
 * The ledger for auditors. Nobody else may even see how it grows: an owner could tell from that
 * whether something holds a clip. [DEL-4]
 */
import { z } from 'zod';
import { thingNameSchema, ulidSchema } from '../../device/wire/ids.ts';
import type { Auditing } from '../services/ledger/auditing.ts';
import { verifierKeyOf } from '../services/ledger/checkpoints.ts';
import { periodOf, periodText } from '../services/ledger/transparency.ts';
import type { ApiServer } from './api-context.ts';
import { apiLimits } from './limits.ts';
import { officeRefusals } from './office-refusals.ts';
import { media, notFound } from './problems.ts';

const tags = ['ledger'];
const entry = z.coerce.number().int().nonnegative();
const text = (description: string) => ({
  200: media('text/plain', description),
  ...officeRefusals,
});
const json = (description: string) => ({
  200: z.unknown().describe(description),
  ...officeRefusals,
});

export function addLedgerRoutes(server: ApiServer, auditing: Auditing): void {
  addLineRoutes(server, auditing);
  addProofRoutes(server, auditing);
  server.get(
    '/v1/transparency/:period',
    {
      schema: {
        tags,
        summary: 'The transparency report of a year, half-year or month',
        params: z.object({ period: periodText }),
        response: json('counts; null is not published'),
      },
    },
    (request) => auditing.transparency(periodOf(request.params.period)),
  );
}

function addLineRoutes(server: ApiServer, { checkpoints, lines }: Auditing): void {
  server.get(
    '/v1/ledger/key',
    { schema: { tags, summary: 'The key of every checkpoint', response: text('verifier key') } },
    async (_request, reply) => reply.type('text/plain').send(`${verifierKeyOf(checkpoints)}\n`),
  );
  server.get(
    '/v1/ledger/checkpoint',
    {
      schema: {
        tags,
        summary: 'The ledger as it stands, signed now: a C2SP tlog-checkpoint',
        response: text('signed note'),
      },
    },
    async (_request, reply) => {
      const signed = await checkpoints.sign();
      if (signed === null) throw notFound('checkpoint');
      return reply.type('text/plain; charset=utf-8').send(signed.note);
    },
  );
  server.get(
    '/v1/ledger/entries',
    {
      schema: {
        tags,
        summary: 'Entries in order, a leaf a line, exactly as they are hashed',
        querystring: z.object({
          from: entry.default(0),
          limit: z.coerce.number().int().min(1).max(apiLimits.ledgerLinesMax).default(1000),
        }),
        response: { 200: media('application/jsonl', 'leaves'), ...officeRefusals },
      },
    },
    async (request, reply) => {
      const { from, limit } = request.query;
      const found = await lines(from, limit);
      return reply.type('application/jsonl').send(found.map((line) => `${line}\n`).join(''));
    },
  );
}

function addProofRoutes(server: ApiServer, { proofs }: Auditing): void {
  server.get(
    '/v1/ledger/entries/:entry/proof',
    {
      schema: {
        tags,
        summary: 'The proof that an entry is in the ledger, under the newest or a given checkpoint',
        params: z.object({ entry }),
        querystring: z.object({ size: entry.optional() }),
        response: json('entry, hashes and signed checkpoint'),
      },
    },
    async (request) => {
      const proof = await proofs.inclusion(request.params.entry, request.query.size);
      if (proof === null) throw notFound('proof');
      return proof;
    },
  );
  server.get(
    '/v1/ledger/consistency',
    {
      schema: {
        tags,
        summary: 'The proof that a later checkpoint grew out of an earlier, by their sizes',
        querystring: z.object({ from: entry, to: entry }),
        response: json('both checkpoints and hashes'),
      },
    },
    async (request) => {
      const proof = await proofs.consistency(request.query.from, request.query.to);
      if (proof === null) throw notFound('proof');
      return proof;
    },
  );
  server.get(
    '/v1/ledger/dispositions/:thing/:clip',
    {
      schema: {
        tags,
        summary: 'The certificate that a clip was purged, and on what grounds [RET-6]',
        params: z.object({ thing: thingNameSchema, clip: ulidSchema }),
        response: json('intent and end, each with its proof'),
      },
    },
    async (request) => {
      const certificate = await proofs.disposition(request.params);
      if (certificate === null) throw notFound('disposition');
      return certificate;
    },
  );
}
