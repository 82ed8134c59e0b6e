/** Who the office's people are, and what operators may start. */
import { z } from 'zod';
import type { Principal } from '../services/legal-desk/principals.ts';
import type { ApiServer } from './api-context.ts';
import { principalOf } from './authentication.ts';
import { agencyParams, closedCase, principalParams } from './desk-requests.ts';
import type { OfficeCloud } from './office-cloud.ts';
import { officeRefusals } from './office-refusals.ts';
import { notFound } from './problems.ts';

const tags = ['people'];

const principalView = z
  .strictObject({
    principal: z.string(),
    name: z.string(),
    roles: z.array(z.string()),
    agency: z.string().nullable(),
    account: z.string().nullable(),
  })
  .meta({ id: 'Principal' });
const agencyView = z
  .strictObject({ agency: z.string(), name: z.string(), verified: z.boolean() })
  .meta({ id: 'Agency' });

const viewPrincipal = ({ principal, name, roles, agency, account }: Principal) => ({
  ...{ principal, name, agency, account },
  roles: [...roles],
});

export function addPeopleRoutes(server: ApiServer, office: OfficeCloud): void {
  addPeople(server, office);
  addAgencies(server, office);

  server.post(
    '/v1/sweep',
    {
      schema: {
        tags: ['operations'],
        summary: 'Purge what is due now; what is due is not for anybody to say',
        response: {
          200: z.strictObject({
            refused: z.string().nullable(),
            purged: z.int().min(0),
            failed: z.int().min(0),
          }),
          ...officeRefusals,
        },
      },
    },
    async () => {
      const { refused, purged, failed } = await office.sweeper.sweep();
      return { refused, purged, failed };
    },
  );
}

function addPeople(server: ApiServer, { principals }: OfficeCloud): void {
  server.get(
    '/v1/me',
    {
      schema: {
        tags,
        summary: 'Whom this token makes you',
        response: { 200: principalView, ...officeRefusals },
      },
    },
    async (request) => {
      if (request.principal !== null) return viewPrincipal(request.principal);
      const account = request.owner?.account ?? null;
      return { principal: account ?? '', name: 'owner', roles: ['owner'], agency: null, account };
    },
  );

  server.get(
    '/v1/principals',
    {
      schema: {
        tags,
        summary: "Named people: your agency's, or for auditors and operators all",
        response: { 200: z.strictObject({ items: z.array(principalView) }), ...officeRefusals },
      },
    },
    async (request) => {
      const { agency } = principalOf(request);
      const all = await principals.list();
      const shown = agency === null ? all : all.filter((each) => each.agency === agency);
      return { items: shown.map(viewPrincipal) };
    },
  );

  server.delete(
    '/v1/principals/:principal',
    {
      schema: {
        tags,
        summary: "Revoke one of your agency's people, or as an operator anybody",
        params: principalParams,
        response: { 204: z.null(), ...officeRefusals },
      },
    },
    async (request, reply) => {
      const { agency } = principalOf(request);
      const wanted = await principals.find(request.params.principal);
      const isOwn = wanted !== null && (agency === null || wanted.agency === agency);
      if (!isOwn || !(await principals.revoke(wanted.principal))) throw notFound('principal');
      return reply.code(204).send(null);
    },
  );
}

function addAgencies(server: ApiServer, { desk, principals }: OfficeCloud): void {
  server.get(
    '/v1/agencies',
    {
      schema: {
        tags,
        summary: 'Agencies, and which are verified',
        response: { 200: z.strictObject({ items: z.array(agencyView) }), ...officeRefusals },
      },
    },
    async () => ({
      items: (await principals.agencies()).map(({ agency, name, verifiedAt }) => ({
        ...{ agency, name },
        verified: verifiedAt !== null,
      })),
    }),
  );

  server.post(
    '/v1/agencies/:agency/verification',
    {
      schema: {
        tags,
        summary: 'An agency was verified out of band, by you',
        params: agencyParams,
        response: { 204: z.null(), ...officeRefusals },
      },
    },
    async (request, reply) => {
      const { agency } = request.params;
      if (!(await principals.verifyAgency(principalOf(request), agency))) throw notFound('agency');
      return reply.code(204).send(null);
    },
  );

  server.post(
    '/v1/closed-cases',
    {
      schema: {
        tags,
        summary: 'Close a case: no demand of yours comes in under its number any more',
        body: closedCase,
        response: { 204: z.null(), ...officeRefusals },
      },
    },
    async (request, reply) => {
      const { caseNumber } = request.body;
      if (!(await desk.closeCase(principalOf(request), caseNumber))) throw notFound('case');
      return reply.code(204).send(null);
    },
  );
}
