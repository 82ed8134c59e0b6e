/** Decides whom a request acts for, by its bearer token or its session cookie. */
import assert from 'node:assert/strict';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { EpochMs } from '../../device/wire/time.ts';
import type { AccountId } from '../catalogue-tables.ts';
import { apiLimits } from './limits.ts';
import type { OwnerCloud } from './owner-cloud.ts';
import { ProblemError } from './problems.ts';
import type { RouteRule } from './route-table.ts';
import { type Sessions, sessionIdOf } from './sessions.ts';

/** Who asks. `token` is what was shown or what the session stands for; it is never logged. */
export type Owner = {
  readonly account: AccountId;
  readonly token: string;
  readonly via: 'bearer' | 'session';
  readonly sessionExpiresAt: EpochMs | null;
};

declare module 'fastify' {
  interface FastifyRequest {
    owner: Owner | null;
  }
  interface FastifyContextConfig {
    rule?: RouteRule;
  }
}

/** Behind the hook that authenticates, an owner's route always has one. */
export function ownerOf(request: FastifyRequest): Owner {
  assert(request.owner !== null, 'a route of role owner runs only for an owner');
  return request.owner;
}

/** The header a page of ours sends with every change. Other origins cannot, without a preflight we never answer. */
export const pageHeader = 'x-doorbell-page';

/** Who asks, or a ProblemError: deny by default. [SEC-1] */
export async function authenticate(
  accounts: OwnerCloud['accounts'],
  sessions: Sessions,
  request: FastifyRequest,
  rule: RouteRule,
): Promise<Owner> {
  const shown = credentialsOf(request, sessions);
  if (shown === null) throw unauthorised('show a bearer token or sign in');
  if (shown.via === 'session') refuseForgery(request, rule);
  const account = await accounts.authenticate(shown.token);
  if (account === null) throw unauthorised('this token is not, or no longer, valid');
  return { account, ...shown };
}

/** The operator shows the token of this start; a session is never one. [SEC-1] */
export function authenticateOperator(request: FastifyRequest, operatorToken: string | null): void {
  const shown = bearerOf(request.headers.authorization);
  if (shown === null || operatorToken === null) throw unauthorised("show the operator's token");
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(hash(shown), hash(operatorToken))) {
    throw unauthorised("this is not the operator's token");
  }
}

function bearerOf(authorization: string | undefined): string | null {
  const token = /^Bearer +([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? '')?.[1];
  return token === undefined || token.length > apiLimits.tokenCharsMax ? null : token;
}

function credentialsOf(request: FastifyRequest, sessions: Sessions): Omit<Owner, 'account'> | null {
  const { authorization, cookie } = request.headers;
  if (authorization !== undefined) {
    const token = bearerOf(authorization);
    return token === null ? null : { token, via: 'bearer', sessionExpiresAt: null };
  }
  const id = sessionIdOf(cookie);
  const session = id === null ? null : sessions.find(id);
  if (session === null) return null;
  return { token: session.token, via: 'session', sessionExpiresAt: session.expiresAt };
}

/**
 * A cookie is sent by the browser whoever asks. SameSite=Strict stops other sites, but every port of this host is
 * the same site: so the browser must say the request comes from our own origin, and changes need our header.
 */
function refuseForgery(request: FastifyRequest, rule: RouteRule): void {
  const from = request.headers['sec-fetch-site'];
  const foreign = from !== undefined && from !== 'same-origin' && from !== 'none';
  if (foreign || (rule.changes && request.headers[pageHeader] === undefined)) {
    throw new ProblemError(403, 'a session serves only the page it was begun in');
  }
}

const unauthorised = (detail: string): ProblemError =>
  new ProblemError(401, detail, { 'www-authenticate': 'Bearer realm="doorbell"' });
