/**
 * The clips on their way in: opened, found again after a restart, closed when idle, salvaged. Called in turn for each
 * device, never twice at once for the same one.
 */
import type { ThingName } from '../../../device/wire/ids.ts';
import type { Opening } from '../../../device/wire/messages.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey, VaultClip } from '../../ports.ts';
import { loadClip } from '../clip-rows.ts';
import { makePurgeWatch } from '../retention/purge-watch.ts';
import { serviceLimits } from '../service-limits.ts';
import { openingOf, openingWrites, sameOpening } from './clip-opening.ts';
import { firstMissing } from './index-ranges.ts';
import { type ClipEvents, type ClipStart, OpenClip } from './ingest-clip.ts';
import { announceClip, makeClipEvents, sendReceipt } from './ingest-clip-events.ts';
import { salvageClip } from './ingest-salvage.ts';
import { openSink } from './ingest-sink.ts';
import { openClipVault } from './ingest-vault.ts';
import type { IngestWorld } from './ingest-world.ts';

export type Found =
  | { readonly kind: 'open'; readonly clip: OpenClip }
  /** Nobody told of it. */
  | { readonly kind: 'unknown' }
  /** Its final was accepted, or it is out of the owner's sight: only a new opening goes on with it. */
  | { readonly kind: 'finished'; readonly row: ClipRow }
  /** After a fault the device was told to wait. */
  | { readonly kind: 'paused' };

export type OpenedAs =
  | { readonly kind: 'open' }
  | { readonly kind: 'finished'; readonly row: ClipRow }
  | { readonly kind: 'refused'; readonly because: 'another-opening' };

const nameOf = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;
const isPurged = ({ possession }: ClipRow): boolean =>
  possession === 'shredding' || possession === 'shredded';

export class IngestClips {
  readonly #world: IngestWorld;
  readonly #events: ClipEvents;
  readonly #insertOpening: ReturnType<typeof openingWrites>;
  readonly #open = new Map<string, OpenClip>();
  readonly #byThing = new Map<ThingName, Set<OpenClip>>();
  /** Vaults being let go: the same clip is opened again only after. */
  readonly #closing = new Map<string, Promise<void>>();
  readonly #pausedUntil = new Map<string, number>();
  readonly #purges = makePurgeWatch();
  #uses = 0;

  constructor(world: IngestWorld) {
    this.#world = world;
    this.#insertOpening = openingWrites(world);
    this.#events = makeClipEvents(world, {
      onCommitted: (clip) => {
        world.onFinished(clip.key);
        void this.#retire(clip, () => clip.close());
      },
      onFault: (clip, error) => void this.fault(clip, error),
    });
  }

  isOpen(key: ClipKey): boolean {
    return this.#open.has(nameOf(key));
  }

  /** Opens a stored clip's vault beside the sessions, once its own has let go of it; null: the clip is purged. */
  borrowVault(key: ClipKey): Promise<VaultClip | null> {
    const { catalogue, keys, vault } = this.#world;
    return this.#purges.during(key, async (isGone) => {
      await this.#closing.get(nameOf(key));
      const row = await loadClip(catalogue.read, key);
      const dataKey = row === undefined || isPurged(row) ? null : await keys.find(key);
      return dataKey === null || isGone() ? null : vault.open(key, dataKey);
    });
  }

  /** A verified opening: the first, or a repetition that asks what is there. [WIRE-5] */
  async opened(key: ClipKey, opening: Opening): Promise<OpenedAs> {
    const open = this.#open.get(nameOf(key));
    if (open === undefined) {
      return this.#purges.during(key, (isGone) => this.#openedAnew(key, opening, isGone));
    }
    if (!sameOpening(open.opening, opening)) return { kind: 'refused', because: 'another-opening' };
    this.#use(open);
    open.take({ kind: 'opened' });
    return { kind: 'open' };
  }

  async #openedAnew(key: ClipKey, opening: Opening, isGone: () => boolean): Promise<OpenedAs> {
    const { catalogue, clock, custody } = this.#world;
    this.#pausedUntil.delete(nameOf(key));
    const row = await loadClip(catalogue.read, key);
    if (row === undefined) {
      const account = await this.#insertOpening({ key, opening });
      this.#world.onOpened(key);
      const start = { key, opening, account, sink: false, forgetful: false, mark: null };
      await this.#begin(start, isGone);
      void announceClip(this.#world, key);
      return { kind: 'open' };
    }
    // The opening went with the clip when it was purged. [RET-6]
    if (!isPurged(row) && !sameOpening(openingOf(row), opening)) {
      return { kind: 'refused', because: 'another-opening' };
    }
    const visible = custody.isVisible(row, clock.now());
    if (visible && row.final !== null) return { kind: 'finished', row };
    // [WIRE-8] What the owner sees no more runs the whole transfer from its first chunk, held or not. [DEL-4]
    const sink = isPurged(row) || row.final !== null;
    const mark = markOf(row);
    const { account } = row;
    await this.#begin({ key, opening, account, sink, forgetful: !visible, mark }, isGone);
    return { kind: 'open' };
  }

  /** The clip that a chunk, mark, final or still belongs to. */
  async find(key: ClipKey): Promise<Found> {
    const open = this.#open.get(nameOf(key));
    if (open === undefined) {
      return this.#purges.during(key, (isGone) => this.#foundAgain(key, isGone));
    }
    this.#use(open);
    return { kind: 'open', clip: open };
  }

  async #foundAgain(key: ClipKey, isGone: () => boolean): Promise<Found> {
    const { catalogue, clock, custody } = this.#world;
    const name = nameOf(key);
    const pausedUntil = this.#pausedUntil.get(name);
    if (pausedUntil !== undefined) {
      if (clock.monotonic() < pausedUntil) return { kind: 'paused' };
      this.#pausedUntil.delete(name);
    }
    const row = await loadClip(catalogue.read, key);
    if (row === undefined) return { kind: 'unknown' };
    const over = isPurged(row) || row.final !== null || !custody.isVisible(row, clock.now());
    if (over) return { kind: 'finished', row };
    const start = { key, account: row.account, sink: false, forgetful: false, mark: markOf(row) };
    const clip = await this.#begin({ ...start, opening: openingOf(row) }, isGone);
    return { kind: 'open', clip };
  }

  /** A purge is about to destroy its footage: its session goes on without. [WIRE-8] */
  letGo(key: ClipKey): void {
    this.#purges.intended(key);
    const open = this.#open.get(nameOf(key));
    if (open !== undefined && !open.sink) open.turnIntoSink();
  }

  /** The vault failed under this clip, or was emptied by a purge. */
  async fault(clip: OpenClip, error: unknown): Promise<void> {
    const { catalogue, clock, log } = this.#world;
    if (clip.closed || clip.faulted) return;
    clip.faulted = true;
    try {
      const row = await loadClip(catalogue.read, clip.key);
      if (row !== undefined && isPurged(row)) {
        clip.becomeSink(openSink(clip.durableChunks(), clip.state.stills));
        return;
      }
    } catch (cause) {
      log.error({ err: cause, ...clip.key }, 'a clip could not be looked up');
    }
    log.error({ err: error, ...clip.key }, 'the vault failed, the device is told to wait');
    this.#pausedUntil.set(nameOf(clip.key), clock.monotonic() + serviceLimits.overloadRetryMs / 2);
    sendReceipt(this.#world, clip.key, {
      v: 1,
      clip: clip.key.clip,
      state: 'receiving',
      next: firstMissing(clip.state.durable),
      have: [],
      window: 0,
      retryMs: serviceLimits.overloadRetryMs,
    });
    await this.#retire(clip, () => clip.abandon());
  }

  /** [WIRE-7] The device fell silent: its session ends, and what the last good mark vouches for is stored. */
  async salvage(key: ClipKey, because: string): Promise<void> {
    const open = this.#open.get(nameOf(key));
    if (open !== undefined) {
      await open.settled();
      await this.#retire(open, () => open.close());
      if (open.sink) return;
    }
    await salvageClip(this.#world, key, because);
  }

  /** Makes durable and answers what was taken, and lets every vault go. */
  async closeAll(): Promise<void> {
    await Promise.all(
      [...this.#open.values()].map((clip) => this.#retire(clip, () => clip.close())),
    );
    await Promise.all(this.#closing.values());
  }

  async #begin(start: Omit<ClipStart, 'vault'>, isGone: () => boolean): Promise<OpenClip> {
    const name = nameOf(start.key);
    await this.#closing.get(name);
    await this.#makeRoom(start.key.thing);
    const vault = start.sink ? null : await openClipVault(this.#world, start.key, isGone);
    const opened = { vault: vault ?? openSink(), sink: vault === null };
    const clip = new OpenClip({ ...start, ...opened }, this.#world.clock, this.#events);
    // A purge that was intended before this had nobody here to tell.
    if (isGone() && !clip.sink) clip.turnIntoSink();
    this.#open.set(name, clip);
    const ofThing = this.#byThing.get(start.key.thing) ?? new Set();
    this.#byThing.set(start.key.thing, ofThing.add(clip));
    this.#use(clip);
    this.#world.counters.sessions = this.#open.size;
    clip.take({ kind: 'opened' });
    return clip;
  }

  /** Closes the device's clip that was idle longest when it has too many open. */
  async #makeRoom(thing: ThingName): Promise<void> {
    const open = [...(this.#byThing.get(thing) ?? [])];
    if (open.length < serviceLimits.sessionsPerDeviceMax) return;
    const oldest = open.reduce((a, b) => (a.usedAt <= b.usedAt ? a : b));
    await this.#retire(oldest, () => oldest.close());
  }

  #use(clip: OpenClip): void {
    this.#uses += 1;
    clip.usedAt = this.#uses;
  }

  #retire(clip: OpenClip, letGo: () => Promise<void>): Promise<void> {
    const name = nameOf(clip.key);
    if (this.#open.get(name) !== clip) return this.#closing.get(name) ?? Promise.resolve();
    this.#open.delete(name);
    const ofThing = this.#byThing.get(clip.key.thing);
    ofThing?.delete(clip);
    if (ofThing?.size === 0) this.#byThing.delete(clip.key.thing);
    this.#world.counters.sessions = this.#open.size;
    const done = letGo()
      .catch((error: unknown) => {
        // What was not durable was not acknowledged either: nothing is lost but the device's effort.
        this.#world.log.error({ err: error, ...clip.key }, 'a clip could not be closed');
      })
      .finally(() => this.#closing.delete(name));
    this.#closing.set(name, done);
    return done;
  }
}

const markOf = (row: ClipRow) =>
  row.markedRoot === null
    ? null
    : { chunks: row.markedChunks, root: row.markedRoot, sig: row.markedSig };
