/**
 * Who may do what over HTTP: one table that the server enforces and the tests walk through. A route that is not in
 * it cannot be registered. [SEC-1]
 */

import { type Role, roles } from '../services/legal-desk/principals.ts';

/**
 * `owner` acts for the one account its token or session names, `shared-user` looks at it. `operator` started this
 * emulator: it moves a virtual clock, which no role of an office may.
 */
export const callers = [...roles, 'operator'] as const;
export type Caller = (typeof callers)[number];

export type RouteRule = {
  /** Who may; `anyone` needs no token. */
  readonly who: 'anyone' | readonly Caller[];
  /** It changes something: a session cookie alone does not do, the request must show it is not forged. */
  readonly changes: boolean;
  /** The desk's act it is: each attempt that is refused is on record as one at the desk itself. [LEG-5] */
  readonly act?: string;
};

const open: RouteRule = { who: 'anyone', changes: false };
const readBy = (...who: readonly Caller[]): RouteRule => ({ who, changes: false });
const changedBy = (...who: readonly Caller[]): RouteRule => ({ who, changes: true });
const acted = (act: string, ...who: readonly Caller[]): RouteRule => ({ who, changes: true, act });

const reads = readBy('owner', 'shared-user');
const changes = changedBy('owner');
const operates = changedBy('operator');

const agency = ['agency-officer', 'agency-admin'] as const satisfies readonly Role[];
const desk = [
  ...(['intake-clerk', 'reviewer', 'counsel', 'approver', 'custodian'] as const),
] as const satisfies readonly Role[];
const everybody = roles;
const matters = readBy(...agency, ...desk, 'auditor');

export const routeTable = {
  'GET /healthz': open,
  'GET /metrics': open,
  /** Only there where the clock is virtual. */
  'GET /clock': operates,
  'POST /clock/advance': operates,
  'GET /': open,
  'HEAD /': open,
  'GET /console/*': open,
  'HEAD /console/*': open,
  'GET /favicon.ico': open,
  /** Bearer only: it is how a session begins. */
  'POST /v1/session': changedBy('owner', 'shared-user'),
  'GET /v1/session': reads,
  'DELETE /v1/session': changedBy('owner', 'shared-user'),
  /** Proven by the enrolment secret, not by a token; only there where the host offers it. */
  'POST /v1/enrolments': open,
  'GET /v1/devices': reads,
  'GET /v1/devices/:thing': reads,
  'PUT /v1/devices/:thing/settings': changes,
  'POST /v1/devices/:thing/snapshot': changes,
  'POST /v1/devices/:thing/press': changes,
  'GET /v1/devices/:thing/live': reads,
  'GET /v1/account': readBy('owner'),
  'GET /v1/account/accesses': readBy('owner'),
  'GET /v1/account/data': readBy('owner'),
  'DELETE /v1/account': changes,
  'GET /v1/clips': reads,
  'POST /v1/clips/deletions': changes,
  'GET /v1/clips/:thing/:clip': reads,
  'DELETE /v1/clips/:thing/:clip': changes,
  'GET /v1/clips/:thing/:clip/video': reads,
  'HEAD /v1/clips/:thing/:clip/video': reads,
  'GET /v1/clips/:thing/:clip/signatures': reads,
  'GET /v1/clips/:thing/:clip/stills/:still': reads,
  'HEAD /v1/clips/:thing/:clip/stills/:still': reads,
  'GET /v1/events': reads,
  'GET /v1/events/stream': reads,

  'GET /v1/me': readBy(...everybody),
  /** What the owner is told, and may say to it. A shared user sees nothing of it. */
  'GET /v1/notices': readBy('owner'),
  'POST /v1/notices/:notice/challenge': changes,
  'POST /v1/notices/:notice/waiver': changes,
  'PUT /v1/consents/:demand': changes,
  'DELETE /v1/consents/:demand': changes,

  'POST /v1/demands': acted('submit', 'agency-officer'),
  'GET /v1/demands': matters,
  'GET /v1/demands/:demand': matters,
  'GET /v1/demands/:demand/items': matters,
  /** The auditor reads records, never papers or footage. */
  'GET /v1/demands/:demand/document': readBy(...agency, ...desk),
  'POST /v1/demands/:demand/answer': acted('answer', 'agency-officer'),
  'POST /v1/demands/:demand/withdrawal': acted('withdraw', 'agency-officer'),
  'POST /v1/demands/:demand/intake': acted('take-in', 'intake-clerk'),
  'POST /v1/demands/:demand/review': acted('review', 'reviewer'),
  'POST /v1/demands/:demand/opinion': acted('advise', 'counsel'),
  'POST /v1/demands/:demand/refusal': acted('refuse', 'reviewer'),
  'POST /v1/demands/:demand/approval': acted('approve', 'approver'),
  'POST /v1/demands/:demand/motion': acted('move', 'counsel'),
  'POST /v1/demands/:demand/challenge-end': acted('end-challenge', 'reviewer'),
  'DELETE /v1/demands/:demand/silence': acted('lift-silence', 'reviewer'),
  'POST /v1/demands/:demand/seal': acted('seal', 'custodian'),
  'POST /v1/demands/:demand/delivery': acted('deliver', 'custodian'),
  'GET /v1/demands/:demand/bag': {
    ...readBy('agency-officer', 'custodian'),
    act: 'open-bag',
  },

  'GET /v1/holds': readBy('intake-clerk', 'reviewer', 'approver', 'auditor'),
  'GET /v1/holds/:hold': readBy('intake-clerk', 'reviewer', 'approver', 'auditor'),
  'POST /v1/holds': acted('place-hold', 'reviewer'),
  /** A wide one, proposed by another. [LEG-5] */
  'GET /v1/hold-proposals': readBy('intake-clerk', 'reviewer', 'approver', 'auditor'),
  'POST /v1/hold-proposals/:hold/approval': acted('approve-hold', 'approver'),
  'POST /v1/holds/:hold/renewal': acted('renew-hold', 'reviewer'),
  /** Two people, one after the other. [LEG-5] */
  'POST /v1/holds/:hold/release': acted('release-hold', 'reviewer', 'approver'),

  'GET /v1/principals': readBy('agency-admin', 'auditor', 'ops'),
  'DELETE /v1/principals/:principal': changedBy('agency-admin', 'ops'),
  'GET /v1/agencies': readBy('intake-clerk', 'auditor'),
  'POST /v1/agencies/:agency/verification': changedBy('intake-clerk'),
  'POST /v1/closed-cases': changedBy('agency-admin'),
  /** The auditor alone: how the ledger grows would tell an owner of holds. [DEL-4] */
  'GET /v1/ledger/key': readBy('auditor'),
  'GET /v1/ledger/checkpoint': readBy('auditor'),
  'GET /v1/ledger/entries': readBy('auditor'),
  'GET /v1/ledger/entries/:entry/proof': readBy('auditor'),
  'GET /v1/ledger/consistency': readBy('auditor'),
  'GET /v1/ledger/dispositions/:thing/:clip': readBy('auditor'),
  'GET /v1/transparency/:period': readBy('auditor'),
  /** Starts what is due; what is due is not for anybody to say. */
  'POST /v1/sweep': changedBy('ops'),
} as const satisfies Record<string, RouteRule>;

/**
 * Whether its requests are among the figures that anyone may read: how often the office is asked would tell an owner
 * of demands and holds. [DEL-4]
 */
export const isCounted = (rule: RouteRule | undefined): boolean =>
  rule === undefined ||
  rule.who === 'anyone' ||
  rule.who.some((caller) => ['owner', 'shared-user', 'operator'].includes(caller));

/** The rule of a route as it is registered, or null: then it must not be. */
export function ruleOf(method: string, url: string): RouteRule | null {
  const key = `${method} ${url}`;
  if (Object.hasOwn(routeTable, key)) return routeTable[key as keyof typeof routeTable];
  // The description of the API tells no more than this file does; its viewer brings routes of its own.
  const describes = url === '/docs' || url.startsWith('/docs/');
  return describes && (method === 'GET' || method === 'HEAD') ? open : null;
}
