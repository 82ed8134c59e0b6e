/** A cloud in memory, for the API and the page: what a test puts in is what the owner sees. */

import { createHash } from 'node:crypto';
import type { OwnerCloud } from '../../../cloud-stub/api/owner-cloud.ts';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import type { ClipKey } from '../../../cloud-stub/ports.ts';
import type { Origin } from '../../../cloud-stub/services/accounts/access-records.ts';
import type { CommandOutcome } from '../../../cloud-stub/services/devices/commands.ts';
import type { Happening } from '../../../cloud-stub/services/owners/announcements.ts';
import type { ClipSignatures } from '../../../cloud-stub/services/owners/clip-signatures.ts';
import type { ClipBytes } from '../../../cloud-stub/services/owners/footage-bytes.ts';
import type {
  OwnedClip,
  OwnedDevice,
  OwnedEvent,
} from '../../../cloud-stub/services/owners/owner-views.ts';
import { makeCursor, type PageOf, readCursor } from '../../../cloud-stub/services/page-cursor.ts';
import { makeUlid, type ThingName, type Ulid } from '../../../device/wire/ids.ts';
import type { SettingsMessage } from '../../../device/wire/messages.ts';
import { days, type EpochMs, epochMs, milliseconds } from '../../../device/wire/time.ts';

type Owned<Item> = { account: AccountId; item: Item };
type ClipEntry = Owned<OwnedClip> & {
  bytes: Uint8Array;
  stills: Map<Ulid, Uint8Array>;
  signatures: ClipSignatures | null;
};

export class FakeOwnerCloud implements OwnerCloud {
  readonly tokens = new Map<string, AccountId>();
  readonly wanted: { thing: ThingName; settings: SettingsMessage }[] = [];
  readonly snapshots: ThingName[] = [];
  readonly facts: Record<string, string | null> = { catalogue: null, broker: null };
  outcome: CommandOutcome = { ok: true };
  /** How often somebody began to follow. */
  followed = 0;
  /** Clips opened and not yet closed: a route that forgets one leaks a file. */
  opened = 0;
  watchers = new Map<ThingName, Set<(jpeg: Uint8Array) => void>>();
  #devices: Owned<OwnedDevice>[] = [];
  #clips: ClipEntry[] = [];
  #events: Owned<OwnedEvent>[] = [];
  readonly #listeners = new Set<{ account: AccountId; tell: (happening: Happening) => void }>();
  #ids = 0;

  id(at: number): Ulid {
    const n = ++this.#ids;
    return makeUlid(epochMs(at), (count) => new Uint8Array(count).fill((n * 8) % 256));
  }

  addAccount(token: string): AccountId {
    const account = this.id(1e12 + this.#ids * 1000);
    this.tokens.set(token, account);
    return account;
  }

  addDevice(account: AccountId, thing: string, rest: Partial<OwnedDevice> = {}): OwnedDevice {
    const item: OwnedDevice = {
      thing: thing as ThingName,
      connected: true,
      lastSeenAt: epochMs(1_790_000_000_000),
      ownedFromAt: epochMs(1_780_000_000_000),
      settings: null,
      ...rest,
    };
    this.#devices = this.#devices.filter((device) => device.item.thing !== item.thing);
    this.#devices.push({ account, item });
    this.#devices.sort((a, b) => (a.item.thing < b.item.thing ? -1 : 1));
    this.#tell(account, { kind: 'device-changed', device: item });
    return item;
  }

  addClip(
    account: AccountId,
    made: Partial<OwnedClip> & Pick<OwnedClip, 'thing' | 'recordedAt'>,
    bytes: Uint8Array,
    still?: Uint8Array | ((id: Ulid) => Uint8Array),
  ): OwnedClip {
    const trigger = made.trigger ?? 'motion';
    const preRollMs = milliseconds(1000);
    const clip = made.clip ?? this.id(made.recordedAt);
    const stills = new Map<Ulid, Uint8Array>();
    if (still !== undefined) {
      const id = this.id(made.recordedAt);
      stills.set(id, typeof still === 'function' ? still(id) : still);
    }
    const item: OwnedClip = {
      clip,
      trigger,
      triggers: [{ kind: trigger, at: made.recordedAt, offsetMs: preRollMs }],
      expiresAt: epochMs(made.recordedAt + 60 * 86_400_000),
      durationMs: milliseconds(10_000),
      sizeBytes: bytes.length,
      state: 'stored',
      truncated: false,
      unfinished: false,
      reason: null,
      codec: 'avc1.64001f,mp4a.40.2',
      mediaType: 'video/mp4',
      preRoll: {
        requestedMs: preRollMs,
        deliveredMs: preRollMs,
        firstIdrOffsetMs: milliseconds(0),
        gapMs: milliseconds(0),
      },
      e2ee: null,
      root: made.state === 'arriving' ? null : hexOf(bytes),
      stills: [...stills.keys()],
      ...made,
    };
    this.#clips.push({ account, item, bytes, stills, signatures: null });
    this.#tell(account, { kind: 'clip-changed', clip: item });
    return item;
  }

  sign(key: ClipKey, signatures: ClipSignatures): void {
    const entry = this.#clips.find(({ item }) => isSame(item, key));
    if (entry !== undefined) entry.signatures = signatures;
  }

  /** More of a clip that is arriving; with `rest`, how it became. */
  grow(key: ClipKey, more: Uint8Array, rest: Partial<OwnedClip> = {}): void {
    const entry = this.#clips.find(({ item }) => isSame(item, key));
    if (entry === undefined) throw new Error('no such clip in the fake');
    entry.bytes = Buffer.concat([entry.bytes, more]);
    entry.item = { ...entry.item, sizeBytes: entry.bytes.length, ...rest };
    if (entry.item.state === 'stored') entry.item = { ...entry.item, root: hexOf(entry.bytes) };
    this.#tell(entry.account, { kind: 'clip-changed', clip: entry.item });
  }

  addEvent(
    account: AccountId,
    made: Partial<OwnedEvent> & Pick<OwnedEvent, 'thing' | 'kind' | 'at'>,
  ): OwnedEvent {
    const seq = this.#events.length + 1;
    const cursor = makeCursor([made.at, made.thing, seq]);
    const id = this.id(made.at);
    const event = { cursor, id, seq, receivedAt: made.at, clip: null, data: {}, ...made };
    this.#events.push({ account, item: event });
    this.#tell(account, { kind: 'event', event });
    return event;
  }

  showFrame(thing: string, jpeg: Uint8Array): void {
    for (const onFrame of this.watchers.get(thing as ThingName) ?? []) onFrame(jpeg);
  }

  get followers(): number {
    return this.#listeners.size;
  }

  #tell(account: AccountId, happening: Happening): void {
    for (const listener of this.#listeners) {
      if (listener.account === account) listener.tell(happening);
    }
  }

  readonly accounts: OwnerCloud['accounts'] = {
    authenticate: async (token) => this.tokens.get(token) ?? null,
  };

  readonly devices: OwnerCloud['devices'] = {
    list: async (account) => mine(this.#devices, account),
    find: async (account, thing) =>
      mine(this.#devices, account).find((device) => device.thing === thing) ?? null,
    wantSettings: async (account, thing, settings) => {
      if ((await this.devices.find(account, thing)) === null) return null;
      this.wanted.push({ thing, settings });
      return this.outcome;
    },
    snapshot: async (account, thing) => {
      if ((await this.devices.find(account, thing)) === null) return null;
      this.snapshots.push(thing);
      return this.outcome;
    },
    watch: async (account, thing, onFrame) => {
      if ((await this.devices.find(account, thing)) === null) return null;
      const watchers = this.watchers.get(thing) ?? new Set();
      this.watchers.set(thing, watchers.add(onFrame));
      return { cancel: () => void watchers.delete(onFrame) };
    },
  };

  #clip(account: AccountId, key: ClipKey): ClipEntry | null {
    return this.#clips.find((c) => c.account === account && isSame(c.item, key)) ?? null;
  }

  readonly footage: OwnerCloud['footage'] = {
    list: async (account, query) => {
      const found = mine(this.#clips, account)
        .filter((clip) => query.thing === undefined || clip.thing === query.thing)
        .filter((clip) => query.trigger === undefined || clip.trigger === query.trigger)
        .filter((clip) => isWithin(clip.recordedAt, query))
        .sort((a, b) => b.recordedAt - a.recordedAt || (a.clip < b.clip ? 1 : -1));
      return page(found, query, ({ recordedAt, thing, clip }) =>
        makeCursor([recordedAt, thing, clip]),
      );
    },
    find: async (account, key) => this.#clip(account, key)?.item ?? null,
    open: async (account, key) => {
      const entry = this.#clip(account, key);
      if (entry === null) return null;
      this.opened += 1;
      return bytesOf(entry, () => {
        this.opened -= 1;
      });
    },
    still: async (account, key, still) => this.#clip(account, key)?.stills.get(still) ?? null,
    signatures: async (account, key) => this.#clip(account, key)?.signatures ?? null,
    remove: async (account, key) => {
      const entry = this.#clip(account, key);
      if (entry === null) return false;
      this.#clips = this.#clips.filter((clip) => clip !== entry);
      this.#tell(account, { kind: 'clip-gone', key });
      return true;
    },
    removeMany: async (account, keys) => {
      let count = 0;
      for (const key of keys) if (await this.footage.remove(account, key)) count++;
      return count;
    },
    removeAll: async (account, { thing, ...span }) => {
      const found = mine(this.#clips, account)
        .filter((clip) => thing === undefined || clip.thing === thing)
        .filter((clip) => isWithin(clip.recordedAt, span));
      return this.footage.removeMany(account, found);
    },
  };

  readonly accessed: { readonly act: 'signed-in' | 'data-taken'; readonly origin: Origin }[] = [];
  readonly account: OwnerCloud['account'] = {
    view: async (account) =>
      [...this.tokens.values()].includes(account)
        ? {
            name: 'ann',
            openedAt: epochMs(1_780_000_000_000),
            plan: { fromAt: epochMs(0), name: 'ring-2019', clipWindowMs: days(60) },
            eventWindowMs: days(60),
            accessWindowMs: days(180),
            userDelete: 'preserve',
          }
        : null,
    accesses: async (_account, query) => page([], query, () => ''),
    signedIn: async (_account, origin) => void this.accessed.push({ act: 'signed-in', origin }),
    dataTaken: async (_account, origin) => void this.accessed.push({ act: 'data-taken', origin }),
    close: async (account) => {
      const held = [...this.tokens].filter(([, own]) => own === account);
      for (const [token] of held) this.tokens.delete(token);
      return held.length > 0;
    },
  };

  readonly happenings: OwnerCloud['happenings'] = {
    list: async (account, query) => {
      const found = mine(this.#events, account)
        .filter((event) => query.thing === undefined || event.thing === query.thing)
        .filter((event) => query.kinds === undefined || query.kinds.includes(event.kind))
        .filter((event) => isWithin(event.at, query))
        .sort((a, b) => b.seq - a.seq);
      return page(found, query, ({ cursor }) => cursor);
    },
    since: async (account, cursor, limit) =>
      mine(this.#events, account)
        .filter(({ seq }) => seq > Number(readCursor(cursor)?.[2] ?? 0))
        .slice(0, limit),
    follow: (account, tell) => {
      const listener = { account, tell };
      this.#listeners.add(listener);
      this.followed += 1;
      return { cancel: () => void this.#listeners.delete(listener) };
    },
  };

  readonly readiness = async (): Promise<Record<string, string | null>> => this.facts;
}

const hexOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const isSame = (clip: ClipKey, key: ClipKey): boolean =>
  clip.thing === key.thing && clip.clip === key.clip;

const mine = <Item>(all: readonly Owned<Item>[], account: AccountId): Item[] =>
  all.filter((owned) => owned.account === account).map(({ item }) => item);

const isWithin = (at: EpochMs, { from, to }: { from?: EpochMs; to?: EpochMs }): boolean =>
  (from === undefined || at >= from) && (to === undefined || at < to);

function page<Item>(
  found: readonly Item[],
  { cursor, limit }: { cursor?: string; limit: number },
  cursorOf: (item: Item) => string,
): PageOf<Item> {
  const after = cursor === undefined ? 0 : found.findIndex((item) => cursorOf(item) === cursor) + 1;
  const items = found.slice(after, after + limit);
  const last = items.at(-1);
  const isMore = after + limit < found.length;
  return { items, next: isMore && last !== undefined ? cursorOf(last) : null };
}

/** Reads in pieces of 64 KiB, as from chunks. */
function bytesOf({ bytes, item }: ClipEntry, onClose: () => void): ClipBytes {
  let isOpen = true;
  return {
    sizeBytes: bytes.length,
    state: item.state,
    root: item.root,
    async *read(from, to) {
      for (let at = from; at < to; at += 65_536)
        yield bytes.subarray(at, Math.min(to, at + 65_536));
    },
    close: async () => {
      if (isOpen) onClose();
      isOpen = false;
    },
  };
}
