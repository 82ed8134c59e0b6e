/** The page's requests. The session cookie says who asks; our own header says that it is this page that asks. */
import type { AccountView } from '../../api/account-views.ts';
import type { ClipView, DeviceView, EventView } from '../../api/views.ts';

import type { ClipSignatures } from './clip-signature.ts';

export type { AccountView, ClipView, DeviceView, EventView };
export type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };
export type ClipKey = { readonly thing: string; readonly clip: string };

/** The cloud refused; `status` is HTTP's, the message is its own words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
/** The cloud could not be reached. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

type Request = {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
};

async function ask(path: string, request: Request = {}): Promise<Response> {
  const { method = 'GET', token, body, signal } = request;
  const headers = new Headers({ 'x-doorbell-page': '1', accept: 'application/json' });
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (body !== undefined) headers.set('content-type', 'application/json');
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new UnreachableError('the cloud cannot be reached', { cause });
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function refusalOf(response: Response): Promise<RefusedError> {
  const problem: unknown = await response.json().catch(() => null);
  const detail =
    typeof problem === 'object' && problem !== null && 'detail' in problem ? problem.detail : null;
  return new RefusedError(
    response.status,
    typeof detail === 'string' ? detail : `the cloud answered ${response.status}`,
  );
}

/** Trusted, as both ends are served by one process from one checkout. */
const json = async <Body>(path: string, request?: Request): Promise<Body> =>
  (await (await ask(path, request)).json()) as Body;

const clipPath = ({ thing, clip }: ClipKey): string =>
  `/v1/clips/${encodeURIComponent(thing)}/${encodeURIComponent(clip)}`;
const devicePath = (thing: string): string => `/v1/devices/${encodeURIComponent(thing)}`;

export const videoUrl = (clip: ClipView): string =>
  // The root tells a clip that has grown from what it was.
  `${clipPath(clip)}/video${clip.root === null ? '' : `#${clip.root.slice(0, 8)}`}`;
export const downloadUrl = (clip: ClipView): string => `${clipPath(clip)}/video?download`;
export const accountDataUrl = '/v1/account/data';
/** The still that shows what the clip is about: the first one taken at or after that. */
export function stillUrl(clip: ClipView): string | null {
  const trigger = clip.triggers.find(({ kind }) => kind === clip.trigger);
  // Both by the doorbell's own clock, so that they compare however wrong it is.
  const atMs = trigger === undefined ? 0 : Date.parse(trigger.at);
  const still = clip.stills.find((id) => ulidTimeMs(id) >= atMs) ?? clip.stills.at(-1);
  return still === undefined ? null : `${clipPath(clip)}/stills/${encodeURIComponent(still)}`;
}

/** The time in a ULID's first ten characters. */
function ulidTimeMs(ulid: string): number {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  return [...ulid.slice(0, 10)].reduce((ms, letter) => ms * 32 + alphabet.indexOf(letter), 0);
}

function withQuery(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | null>>,
) {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of value === null ? [] : [value].flat()) search.append(name, one);
  }
  return `${path}?${search}`;
}

export type ClipFilter = {
  readonly thing: string | null;
  readonly trigger: 'ding' | 'motion' | null;
  /** RFC 3339. */
  readonly from: string | null;
  readonly to: string | null;
};

export const api = {
  beginSession: (token: string) =>
    json<{ expiresAt: string }>('/v1/session', { method: 'POST', token }),
  session: () => json<{ expiresAt: string | null }>('/v1/session'),
  endSession: () => ask('/v1/session', { method: 'DELETE' }),
  devices: async () => (await json<{ items: readonly DeviceView[] }>('/v1/devices')).items,
  clips: (filter: ClipFilter, cursor: string | null, limit: number, signal?: AbortSignal) =>
    json<Page<ClipView>>(
      withQuery('/v1/clips', { ...filter, cursor, limit: String(limit) }),
      signal === undefined ? {} : { signal },
    ),
  clip: (key: ClipKey) => json<ClipView>(clipPath(key)),
  footage: (key: ClipKey, signal: AbortSignal) => ask(`${clipPath(key)}/video`, { signal }),
  signatures: (key: ClipKey, signal: AbortSignal) =>
    json<ClipSignatures>(`${clipPath(key)}/signatures`, { signal }),
  still: (where: string) => ask(where),
  removeClips: (clips: readonly ClipKey[]) =>
    json<{ deleted: number }>('/v1/clips/deletions', { method: 'POST', body: { clips } }),
  removeAllClips: () =>
    json<{ deleted: number }>('/v1/clips/deletions', { method: 'POST', body: { all: true } }),
  account: () => json<AccountView>('/v1/account'),
  closeAccount: () => ask('/v1/account', { method: 'DELETE' }),
  events: (query: {
    readonly thing: string | null;
    readonly kind: readonly string[];
    readonly from: string | null;
    readonly to: string | null;
    readonly limit: string;
  }) => json<Page<EventView>>(withQuery('/v1/events', query)),
  press: (thing: string) => ask(`${devicePath(thing)}/press`, { method: 'POST' }),
  snapshot: (thing: string) => ask(`${devicePath(thing)}/snapshot`, { method: 'POST' }),
  live: (thing: string, signal: AbortSignal) => ask(`${devicePath(thing)}/live`, { signal }),
};
