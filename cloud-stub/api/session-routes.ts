/** Exchanging a bearer token for the page's cookie, and ending it. */
import { z } from 'zod';
import { isoTime } from '../../device/wire/time.ts';
import type { ApiContext, ApiServer } from './api-context.ts';
import { originOf, ownerOf } from './authentication.ts';
import { apiLimits } from './limits.ts';
import { ProblemError, problemSchema } from './problems.ts';
import { sessionCookie, sessionIdOf } from './sessions.ts';

const sessionView = z
  .strictObject({ via: z.enum(['bearer', 'session']), expiresAt: z.string().nullable() })
  .meta({ id: 'Session' });

export function addSessionRoutes(server: ApiServer, context: ApiContext): void {
  const { cloud, sessions, secureCookies } = context;

  server.post(
    '/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Exchange the bearer token for an HttpOnly cookie',
        response: { 201: sessionView, 401: problemSchema, 403: problemSchema },
      },
    },
    async (request, reply) => {
      const { account, token, via } = ownerOf(request);
      // A session must not renew itself for ever.
      if (via !== 'bearer') throw new ProblemError(403, 'a session begins with a bearer token');
      await cloud.account.signedIn(account, originOf(request));
      const { id, expiresAt, unsaved } = await sessions.begin(token);
      if (unsaved !== null) {
        request.log.error({ err: unsaved }, 'a session could not be saved: a restart will end it');
      }
      reply.code(201).header('set-cookie', sessionCookie(id, apiLimits.sessionMs, secureCookies));
      return { via: 'session' as const, expiresAt: isoTime(expiresAt) };
    },
  );

  server.get(
    '/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'How this request is signed in',
        response: { 200: sessionView, 401: problemSchema },
      },
    },
    async (request) => {
      const { via, sessionExpiresAt } = ownerOf(request);
      return { via, expiresAt: sessionExpiresAt === null ? null : isoTime(sessionExpiresAt) };
    },
  );

  server.delete(
    '/v1/session',
    {
      schema: {
        tags: ['session'],
        summary: 'Sign out',
        response: { 204: z.null(), 401: problemSchema, 403: problemSchema },
      },
    },
    async (request, reply) => {
      const id = sessionIdOf(request.headers.cookie);
      if (id !== null) await sessions.end(id);
      return reply
        .code(204)
        .header('set-cookie', sessionCookie('', 0, secureCookies))
        .send(null);
    },
  );
}
