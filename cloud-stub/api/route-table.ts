/**
 * Who may do what over HTTP: one table that the server enforces and the tests walk through. A route that is not in
 * it cannot be registered. [SEC-1]
 */

/**
 * `public` needs no token; `owner` acts for the one account its token or session names; `operator` runs this cloud, and
 * sees nobody's footage.
 */
export const roles = ['public', 'owner', 'operator'] as const;
export type Role = (typeof roles)[number];

export type RouteRule = {
  readonly role: Role;
  /** It changes something: a session cookie alone does not do, the request must show it is not forged. */
  readonly changes: boolean;
};

const open: RouteRule = { role: 'public', changes: false };
const reads: RouteRule = { role: 'owner', changes: false };
const changes: RouteRule = { role: 'owner', changes: true };
const operates: RouteRule = { role: 'operator', changes: true };

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
  'POST /v1/session': changes,
  'GET /v1/session': reads,
  'DELETE /v1/session': changes,
  /** Proven by the enrolment secret, not by a token; only there where the host offers it. */
  'POST /v1/enrolments': open,
  'GET /v1/devices': reads,
  'GET /v1/devices/:thing': reads,
  'PUT /v1/devices/:thing/settings': changes,
  'POST /v1/devices/:thing/snapshot': changes,
  'POST /v1/devices/:thing/press': changes,
  'GET /v1/devices/:thing/live': reads,
  'GET /v1/clips': reads,
  'GET /v1/clips/:thing/:clip': reads,
  'DELETE /v1/clips/:thing/:clip': changes,
  'GET /v1/clips/:thing/:clip/video': reads,
  'HEAD /v1/clips/:thing/:clip/video': reads,
  'GET /v1/clips/:thing/:clip/stills/:still': reads,
  'HEAD /v1/clips/:thing/:clip/stills/:still': reads,
  'GET /v1/events': reads,
  'GET /v1/events/stream': reads,
} as const satisfies Record<string, RouteRule>;

/** The rule of a route as it is registered, or null: then it must not be. */
export function ruleOf(method: string, url: string): RouteRule | null {
  const key = `${method} ${url}`;
  if (Object.hasOwn(routeTable, key)) return routeTable[key as keyof typeof routeTable];
  // The description of the API tells no more than this file does; its viewer brings routes of its own.
  const describes = url === '/docs' || url.startsWith('/docs/');
  return describes && (method === 'GET' || method === 'HEAD') ? open : null;
}
