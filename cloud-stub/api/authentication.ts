/** Decides whom a request acts for, by its bearer token or its session cookie. */
import assert from 'node:assert/strict';
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isUlid, type Ulid } from '../../device/wire/ids.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { AccountId } from '../catalogue-tables.ts';
import type { Origin } from '../services/accounts/access-records.ts';
import { accountActor } from '../services/accounts/accounts.ts';
import type { Principal, Principals } from '../services/legal-desk/principals.ts';
import { apiLimits } from './limits.ts';
import type { OwnerCloud } from './owner-cloud.ts';
import { ProblemError } from './problems.ts';
import type { Caller, RouteRule } from './route-table.ts';
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
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    rule?: RouteRule;
  }
}

/** Behind the hook that authenticates, a route of an account's people always has one. */
export function ownerOf(request: FastifyRequest): Owner {
  assert(request.owner !== null, 'a route of an account runs only for its people');
  return request.owner;
}

/** Where a request came from, as its connection and it tell. [RET-10] */
export const originOf = (request: FastifyRequest): Origin => ({
  address: request.ip ?? null,
  client: request.headers['user-agent'] ?? null,
  ...(request.principal === null ? {} : { actor: `shared-user:${request.principal.principal}` }),
});

/** Behind the hook that authenticates, a route of an office's roles always has one. */
export function principalOf(request: FastifyRequest): Principal {
  assert(request.principal !== null, 'a route of the office runs only for its people');
  return request.principal;
}

/** The header a page of ours sends with every change. Other origins cannot, without a preflight we never answer. */
const pageHeader = 'x-doorbell-page';

/** What requests are judged by. */
export type Doorkeeping = {
  readonly accounts: OwnerCloud['accounts'];
  /** Null: there are no people but owners. */
  readonly principals: Principals | null;
  readonly sessions: Sessions;
  readonly operatorToken: string | null;
};

/** Finds out who asks and lets the request pass if the table says so; else a ProblemError: deny by default. [SEC-1] */
export async function admit(
  keeping: Doorkeeping,
  request: FastifyRequest,
  rule: RouteRule,
): Promise<void> {
  if (rule.who === 'anyone') return;
  const shown = credentialsOf(request, keeping.sessions);
  if (shown === null) throw unauthorised('show a bearer token or sign in');
  if (shown.via === 'session') refuseForgery(request, rule);
  if (isOperator(keeping, shown)) return allow(request, rule, ['operator'], null, keeping);
  const account = await keeping.accounts.authenticate(shown.token);
  if (account !== null) {
    request.owner = { account, ...shown };
    return allow(request, rule, ['owner'], accountActor(account), keeping);
  }
  const principal = (await keeping.principals?.authenticate(shown.token)) ?? null;
  if (principal === null) throw unauthorised('this token is not, or no longer, valid');
  request.principal = principal;
  const { roles, account: shared } = principal;
  if (shared !== null) request.owner = { account: shared, ...shown };
  return allow(request, rule, roles, `${roles[0] ?? 'nobody'}:${principal.principal}`, keeping);
}

/** Whose footage a token lets its bearer see, or null: a stream asks again and again. */
export async function accountOf(
  { accounts, principals }: Pick<Doorkeeping, 'accounts' | 'principals'>,
  token: string,
): Promise<AccountId | null> {
  return (
    (await accounts.authenticate(token)) ?? (await principals?.authenticate(token))?.account ?? null
  );
}

/** The attempt of one who is known is on record. [LEG-5] */
async function allow(
  request: FastifyRequest,
  { who, act }: RouteRule,
  has: readonly Caller[],
  actor: string | null,
  { principals }: Doorkeeping,
): Promise<void> {
  if (who !== 'anyone' && has.some((role) => who.includes(role))) return;
  const route = `${request.method} ${request.routeOptions.url ?? ''}`;
  if (actor !== null && act !== undefined) {
    await principals?.recordRefusedAct(actor, { act, demand: demandOf(request) });
  } else if (actor !== null) await principals?.recordRefusal(actor, route);
  const allowed = who === 'anyone' ? who : who.join(' or ');
  throw new ProblemError(403, `this is for ${allowed}, not for ${has.join(', ')}`);
}

/** As the address names it: nothing of the request is checked yet. */
function demandOf({ params }: FastifyRequest): Ulid | null {
  const { demand } = params as { readonly demand?: string };
  return demand !== undefined && isUlid(demand) ? demand : null;
}

/** Who shows the token of this start; a session is never one. */
function isOperator(
  { operatorToken }: Doorkeeping,
  { token, via }: Pick<Owner, 'token' | 'via'>,
): boolean {
  if (operatorToken === null || via === 'session') return false;
  const hash = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(token), hash(operatorToken));
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
