/**
 * From pictures, motion and rings to clips in the spool. The segmenter decides; here its decisions become durable: a
 * ring's clip and its event together, before anything else happens. [DEV-1] [DEV-2]
 */
import type { Board, MediaInit, Timer } from '../board.ts';
import {
  idleSegmenter,
  type SegmenterEffect,
  type SegmenterInput,
  type SegmenterState,
  stepSegmenter,
} from '../core/clip-segmenter.ts';
import type { RecordedFragment } from '../core/fragment-ring.ts';
import { type Settings, segmenterSettings } from '../core/settings.ts';
import type { Log } from '../log.ts';
import type { Ulid } from '../wire/ids.ts';
import type { DeviceEvent, EventKind } from '../wire/messages.ts';
import { between, milliseconds, seconds, type UptimeMs } from '../wire/time.ts';
import type { ClipSealing } from './clip-sealing.ts';
import { type ClipWriter, createClipWriter } from './clip-writer.ts';
import type { MediaTime } from './media-time.ts';
import type { MotionWatch } from './motion-watch.ts';
import type { Spool } from './spool.ts';
import type { SpoolTransaction } from './spool-transaction.ts';
import type { Stills } from './stills.ts';
import { createWorkQueue } from './work-queue.ts';

export type Recorder = {
  /** One input of the segmenter; with `event`, the event that becomes durable with what it decides. */
  feed(input: SegmenterInput, event?: RecorderEvent): Fed;
  /** An event that changes nothing in what is recorded; it names the clip it fell in, if there is one. */
  note(event: RecorderEvent, clip?: 'running' | 'last'): Promise<void>;
  takeInit(init: MediaInit): void;
  recordingClip(): Ulid | null;
  configure(settings: Settings): void;
  /** Ends the running clip with `because`; resolves when all that was recorded is durable. */
  stop(because: string): Promise<void>;
};
export type RecorderEvent = {
  readonly kind: EventKind;
  readonly at: UptimeMs;
  readonly data: DeviceEvent['data'];
};
export type Fed = {
  /** The clip it concerned: opened by it, running, or the last one. */
  readonly clip: Ulid | null;
  readonly durable: Promise<void>;
};

export type RecorderOptions = {
  readonly clock: Board['clock'];
  readonly spool: Spool;
  readonly sealing: ClipSealing;
  readonly stills: Stills;
  readonly motion: MotionWatch;
  readonly time: MediaTime;
  readonly log: Log;
  readonly settings: Settings;
  readonly onFailed: (error: unknown) => void;
};

/** A clip for which no picture came this long is ended. */
const stalledAfterMs = seconds(10);

const needsRecord = ({ kind }: SegmenterEffect): boolean =>
  kind === 'open' || kind === 'add-trigger';

export function createRecorder(options: RecorderOptions): Recorder {
  const { clock, spool, sealing, stills, motion, time, log, onFailed } = options;
  const queue = createWorkQueue();
  let settings = options.settings;
  let segmenter: SegmenterState = idleSegmenter;
  let init: MediaInit | null = null;
  let writer: ClipWriter | null = null;
  let lastClip: Ulid | null = null;
  let watchdog: Timer | null = null;

  function feed(input: SegmenterInput, event?: RecorderEvent): Fed {
    const step = stepSegmenter(segmenter, input, segmenterSettings(settings));
    segmenter = step.state;
    const decides = event !== undefined || step.effects.some(needsRecord);
    const { result: opened, durable } = decides
      ? spool.transact((transaction) => decide(transaction, step.effects, event))
      : { result: null, durable: Promise.resolve() };
    durable.catch(onFailed);
    for (const effect of step.effects) carryOut(effect, opened);
    watch();
    return { clip: writer?.clip ?? lastClip, durable };
  }

  /** The facts of one step: they become durable together, before any of its bytes. */
  function decide(
    transaction: SpoolTransaction,
    effects: readonly SegmenterEffect[],
    event: RecorderEvent | undefined,
  ): ClipWriter | null {
    let opened: ClipWriter | null = null;
    for (const effect of effects) {
      if (effect.kind === 'open') opened = open(transaction, effect);
      if (effect.kind === 'add-trigger' && writer !== null) {
        const startAt = segmenter.clip?.startAt ?? effect.at;
        transaction.addTrigger(writer.clip, {
          kind: effect.trigger,
          at: time.wallOf(effect.at),
          offsetMs: milliseconds(Math.max(0, Math.round(between(startAt, effect.at)))),
        });
      }
    }
    if (event !== undefined) {
      makeEvent(transaction, event, (opened ?? writer)?.clip ?? lastClip);
    }
    return opened;
  }

  function makeEvent(transaction: SpoolTransaction, event: RecorderEvent, clip: Ulid | null): void {
    const made = transaction.makeEvent({
      id: spool.newId(),
      kind: event.kind,
      stamp: time.stampOf(event.at),
      ...(clip === null ? {} : { clip }),
      data: event.data,
    });
    if (made === null) log.warn({ kind: event.kind }, 'made no event, too many are waiting');
  }

  function open(
    transaction: SpoolTransaction,
    effect: Extract<SegmenterEffect, { kind: 'open' }>,
  ): ClipWriter {
    const { preRoll, startAt, requestedMs } = effect;
    const clip = spool.newId();
    const sealer = sealing.begin(clip);
    const { at: startedAt, uptimeAtMs, syncedAtUptimeMs } = time.stampOf(startAt);
    transaction.openClip({
      clip,
      trigger: effect.trigger,
      startedAt,
      clock: { uptimeAtStartMs: uptimeAtMs, uptimeNowMs: uptimeAtMs, syncedAtUptimeMs },
      mediaType: 'video/mp4',
      // A ring is recorded even while the camera starts, or is down.
      codec: init?.codec ?? 'unknown',
      // [DEV-1] Every clip begins on an IDR picture: see `preRollOf`.
      preRoll: {
        requestedMs,
        deliveredMs: milliseconds(Math.round(preRoll.deliveredMs)),
        firstIdrOffsetMs: milliseconds(0),
        gapMs: milliseconds(Math.round(preRoll.gapMs)),
      },
      ...(sealer === null ? {} : { e2ee: sealer.e2ee }),
    });
    return createClipWriter({
      clip,
      startAt,
      startedAt,
      sealer,
      spool,
      queue,
      onFailed,
      onRefused,
    });

    function onRefused(because: string): void {
      log.warn({ clip, because }, 'ended a clip that cannot be kept');
      if (writer?.clip === clip) feed({ kind: 'refused', because });
    }
  }

  function carryOut(effect: SegmenterEffect, opened: ClipWriter | null): void {
    switch (effect.kind) {
      case 'open':
        writer = opened;
        lastClip = opened?.clip ?? lastClip;
        takeStill(effect.trigger);
        return;
      case 'add-trigger':
        takeStill(effect.trigger);
        return;
      case 'append':
        append(effect.fragment);
        return;
      case 'close': {
        writer?.close(effect.truncated ? effect.because : null).catch(onFailed);
        writer = null;
      }
    }
  }

  function append(fragment: RecordedFragment): void {
    if (init !== null) writer?.append([fragment], init);
  }

  /** Whoever asks for a snapshot takes it; motion in a running clip has its still already. */
  function takeStill(trigger: string): void {
    if (writer === null || trigger === 'snapshot' || trigger === 'command') return;
    const regions = motion.latest()?.regions ?? [];
    stills
      .atTrigger(
        writer.clip,
        regions.map(({ box }) => box),
      )
      .catch(onFailed);
  }

  function watch(): void {
    watchdog?.cancel();
    watchdog = null;
    if (writer === null) return;
    watchdog = clock.setTimer('no-picture', stalledAfterMs, () => {
      feed({ kind: 'interrupted', because: 'no picture came' });
    });
  }

  return {
    feed,
    note(event, clip = 'last') {
      const named = writer?.clip ?? (clip === 'last' ? lastClip : null);
      const { durable } = spool.transact((transaction) => makeEvent(transaction, event, named));
      durable.catch(onFailed);
      return durable;
    },
    takeInit(next) {
      feed({ kind: 'stream-began' });
      init = next;
    },
    recordingClip: () => writer?.clip ?? null,
    configure(wanted) {
      settings = wanted;
    },
    async stop(because) {
      feed({ kind: 'interrupted', because });
      watchdog?.cancel();
      await queue.idle();
    },
  };
}
