/** The console's files, which are loaded once and served from memory. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiServer } from './api-context.ts';
import { noneMatch } from './byte-range.ts';
import { notFound, pathOf } from './problems.ts';

/** By path. `etag` is quoted. */
export type Pages = ReadonlyMap<string, PageFile>;
export type PageFile = {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly etag: string;
};

export function addPageRoutes(server: ApiServer, pages: Pages): void {
  const send = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
    const file = pages.get(pathOf(request));
    if (file === undefined) throw notFound('page');
    // Asked for anew each time: a page and its parts must be of one version.
    reply.header('cache-control', 'no-cache').header('etag', file.etag);
    if (noneMatch(request.headers['if-none-match'], file.etag)) return reply.code(304).send();
    reply.type(file.mediaType).header('content-length', file.bytes.length);
    return reply.send(request.method === 'HEAD' ? null : Buffer.from(file.bytes));
  };
  const schema = { hide: true };
  server.route({ method: ['GET', 'HEAD'], url: '/', schema, handler: send });
  server.route({ method: ['GET', 'HEAD'], url: '/console/*', schema, handler: send });
  server.get('/favicon.ico', { schema }, async (_request, reply) =>
    reply.redirect('/console/favicon.svg', 308),
  );
}
