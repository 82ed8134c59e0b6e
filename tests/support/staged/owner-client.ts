/** An owner at the cloud's HTTP API, as a page or a script would use it. */
import type { ClipView, DeviceView, EventView } from '../../../cloud-stub/api/views.ts';
import { waitFor } from '../wait-for.ts';

type Page<Item> = { readonly items: readonly Item[]; readonly next: string | null };
type ClipId = Pick<ClipView, 'thing' | 'clip'>;

export type Told = { readonly event: string; readonly data: Readonly<Record<string, unknown>> };
export type Following = { readonly told: readonly Told[]; end(): void };

export class OwnerClient {
  readonly url: string;
  readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  request(method: string, where: string, body?: object, signal?: AbortSignal): Promise<Response> {
    return fetch(`${this.url}${where}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  async status(method: string, where: string, body?: object): Promise<number> {
    const response = await this.request(method, where, body);
    await response.arrayBuffer();
    return response.status;
  }

  async clips(): Promise<readonly ClipView[]> {
    return (await this.#read<Page<ClipView>>('/v1/clips')).items;
  }

  /** Oldest first; of these kinds, if any are named. */
  async events(...kinds: readonly EventView['kind'][]): Promise<readonly EventView[]> {
    const { items } = await this.#read<Page<EventView>>('/v1/events?limit=200');
    const wanted = items.filter(({ kind }) => kinds.length === 0 || kinds.includes(kind));
    return wanted.toReversed();
  }

  device(thing: string): Promise<DeviceView> {
    return this.#read(`/v1/devices/${thing}`);
  }

  async bytes(where: string): Promise<Buffer> {
    const response = await this.request('GET', where);
    if (!response.ok) throw new Error(`${where} was answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }

  video(clip: ClipId): Promise<Buffer> {
    return this.bytes(`${pathOf(clip)}/video`);
  }

  /** What there is of an arriving clip, once that is at least `bytesMin`. */
  async videoSoFar(clip: ClipId, bytesMin: number): Promise<Buffer> {
    const response = await this.request('GET', `${pathOf(clip)}/video`);
    if (!response.ok) throw new Error(`the video was answered ${response.status}`);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const bytes of response.body ?? []) {
      parts.push(bytes);
      length += bytes.length;
      if (length >= bytesMin) break; // which cancels the request
    }
    return Buffer.concat(parts);
  }

  /** The only clip there is, once it is as wanted. */
  async clipWhen(what: string, isSo: (clip: ClipView) => boolean): Promise<ClipView> {
    return (await this.clipsWhen(what, 1, isSo))[0] as ClipView;
  }

  /** All clips, newest first, once there are `count` and each is as wanted. */
  async clipsWhen(
    what: string,
    count: number,
    isSo: (clip: ClipView) => boolean = isStored,
  ): Promise<readonly ClipView[]> {
    let clips: readonly ClipView[] = [];
    const areSo = async (): Promise<boolean> => {
      clips = await this.clips();
      return clips.length === count && clips.every(isSo);
    };
    await waitFor(what, areSo).catch((error: unknown) => {
      throw new Error(`the clips are ${JSON.stringify(clips)}`, { cause: error });
    });
    return clips;
  }

  /** What the cloud tells as it happens. */
  async follow(): Promise<Following> {
    const stopping = new AbortController();
    const told: Told[] = [];
    const response = await this.request('GET', '/v1/events/stream', undefined, stopping.signal);
    void readMessages(response, told).catch((error: unknown) => {
      if (!stopping.signal.aborted) told.push({ event: 'broken', data: { error: String(error) } });
    });
    return { told, end: () => stopping.abort() };
  }

  /** The first `count` pictures of a live view. */
  async livePictures(thing: string, count: number): Promise<readonly Buffer[]> {
    const stopping = new AbortController();
    const where = `/v1/devices/${thing}/live`;
    const response = await this.request('GET', where, undefined, stopping.signal);
    const pictures: Buffer[] = [];
    let unread: Buffer = Buffer.alloc(0);
    for await (const bytes of response.body ?? []) {
      unread = Buffer.concat([unread, bytes]);
      for (let part = partOf(unread); part !== null; part = partOf(unread)) {
        pictures.push(part.picture);
        unread = part.rest;
      }
      if (pictures.length >= count) break; // which cancels the body, and so the request
    }
    stopping.abort();
    return pictures;
  }

  async #read<Body>(where: string): Promise<Body> {
    return JSON.parse((await this.bytes(where)).toString()) as Body;
  }
}

export const isStored = ({ state }: ClipView): boolean => state === 'stored';

export const pathOf = ({ thing, clip }: ClipId): string => `/v1/clips/${thing}/${clip}`;

async function readMessages(response: Response, told: Told[]): Promise<void> {
  const decoder = new TextDecoder();
  let unread = '';
  for await (const bytes of response.body ?? []) {
    unread += decoder.decode(bytes, { stream: true });
    const messages = unread.split('\n\n');
    unread = messages.pop() ?? '';
    for (const message of messages) {
      const event = /^event: (.+)$/m.exec(message)?.[1];
      const data = /^data: (.+)$/m.exec(message)?.[1];
      if (event !== undefined && data !== undefined) told.push({ event, data: JSON.parse(data) });
    }
  }
}

/** The first whole part of a multipart body, by its Content-Length. */
function partOf(bytes: Buffer): { readonly picture: Buffer; readonly rest: Buffer } | null {
  const headEnd = bytes.indexOf('\r\n\r\n');
  const length = /Content-Length: (\d+)/.exec(bytes.subarray(0, Math.max(0, headEnd)).toString());
  if (headEnd < 0 || length === null) return null;
  const from = headEnd + 4;
  const to = from + Number(length[1]);
  return bytes.length < to ? null : { picture: bytes.subarray(from, to), rest: bytes.subarray(to) };
}

/** Stored, and its still has come too: stills travel on their own and may arrive after the last chunk. [WIRE-10] */
export const isWhole = (clip: ClipView): boolean => isStored(clip) && clip.stills.length > 0;
