/** The owner's own account: what it is, who used it, everything in it to take along, and closing it. */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ArchiveCutError, accountArchive } from './account-archive.ts';
import { accessView, accountView, viewAccess, viewAccount } from './account-views.ts';
import type { ApiContext, ApiServer } from './api-context.ts';
import { originOf, ownerOf } from './authentication.ts';
import { media, notFound, problemSchema, refusals } from './problems.ts';
import { pageQuery, present } from './requests.ts';

const tags = ['account'];

export function addAccountRoutes(server: ApiServer, context: ApiContext): void {
  const { cloud } = context;

  server.get(
    '/v1/account',
    {
      schema: {
        tags,
        summary: 'Your account: its plan, and how long what it has is kept',
        response: { 200: accountView, ...refusals },
      },
    },
    async (request) => {
      const details = await cloud.account.view(ownerOf(request).account);
      if (details === null) throw notFound('account');
      return viewAccount(details);
    },
  );

  server.get(
    '/v1/account/accesses',
    {
      schema: {
        tags,
        summary: 'Who used your account, newest first',
        querystring: pageQuery,
        response: {
          200: z.strictObject({ items: z.array(accessView), next: z.string().nullable() }),
          ...refusals,
        },
      },
    },
    async (request) => {
      const page = await cloud.account.accesses(ownerOf(request).account, present(request.query));
      return { items: page.items.map(viewAccess), next: page.next };
    },
  );

  server.get(
    '/v1/account/data',
    {
      schema: {
        tags,
        summary: 'Everything in your account that you can see, as a tar archive',
        response: {
          200: media(
            'application/x-tar',
            'made while it is sent; cut off when a clip in it is deleted meanwhile',
          ),
          ...refusals,
          429: problemSchema,
        },
      },
    },
    (request, reply) => sendArchive(context, request, reply),
  );

  server.delete(
    '/v1/account',
    {
      schema: {
        tags,
        summary: 'Close your account, for good: all that is in it is out of sight at once',
        response: { 204: z.null(), ...refusals, 403: problemSchema },
      },
    },
    async (request, reply) => {
      await cloud.account.close(ownerOf(request).account);
      return reply.code(204).send(null);
    },
  );
}

async function sendArchive(
  { cloud, clock, streams }: ApiContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { account } = ownerOf(request);
  const stream = streams.begin('footage', request, reply, () => {});
  // Cut, not ended: nobody must take what came so far for the whole.
  stream.signal.addEventListener('abort', () => reply.raw.destroy(), { once: true });
  await cloud.account.dataTaken(account, originOf(request));
  const archive = Readable.from(accountArchive(cloud, account, clock.now()), { objectMode: false });
  archive.on('error', (error) => {
    if (!(error instanceof ArchiveCutError)) request.log.error({ err: error }, 'an archive failed');
  });
  return reply
    .type('application/x-tar')
    .header('content-disposition', 'attachment; filename="doorbell-account.tar"')
    .send(archive);
}
