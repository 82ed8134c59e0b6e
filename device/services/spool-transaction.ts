/** One decision's facts: numbered, signed and chained as they are made, to become durable together. */
import assert from 'node:assert/strict';
import type { Signer } from '../board.ts';
import type { ChunkLog } from '../core/chunk-log.ts';
import { admitsEvent } from '../core/spool-policy.ts';
import { applyFact, clipIn, type SpoolFact, type SpoolState } from '../core/spool-state.ts';
import {
  clipRoot,
  eventSignedBytes,
  finalHash,
  finalSignedBytes,
  openingSignedBytes,
  signatureText,
} from '../wire/codec.ts';
import type { Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import type {
  ClipDisposition,
  DeviceEvent,
  EventKind,
  Final,
  Opening,
  Trigger,
  Unsigned,
} from '../wire/messages.ts';
import type { EpochMs, UptimeMs } from '../wire/time.ts';

export type ClipDraft = Omit<Opening, 'v' | 'seq' | 'boot' | 'sig'>;
/** When it happened: on the wall clock, and by what does not step. */
export type EventStamp = {
  readonly at: EpochMs;
  readonly uptimeAtMs: UptimeMs;
  readonly syncedAtUptimeMs: UptimeMs | null;
};
export type EventDraft = {
  readonly id: Ulid;
  readonly kind: EventKind;
  readonly stamp: EventStamp;
  readonly clip?: Ulid;
  readonly data: DeviceEvent['data'];
};
export type ClipEnd = {
  readonly disposition: ClipDisposition;
  readonly reason?: string;
  readonly endedAt: EpochMs;
};

export type SpoolTransaction = {
  readonly facts: readonly SpoolFact[];
  state(): SpoolState;
  openClip(draft: ClipDraft): Opening;
  addTrigger(clip: Ulid, trigger: Trigger): void;
  /** Null when too many wait for the cloud already. */
  makeEvent(draft: EventDraft): DeviceEvent | null;
  /** In the place of one that was lost. */
  replaceEvent(seq: number, draft: EventDraft): void;
  closeClip(clip: Ulid, end: ClipEnd, log: ChunkLog): Final;
  /** The clip's bytes are given up, after its final was made. */
  evictClip(clip: Ulid, because: string): Final;
  add(fact: SpoolFact): void;
};

export function beginTransaction(before: SpoolState, signer: Signer): SpoolTransaction {
  const facts: SpoolFact[] = [];
  let state = before;
  const add = (fact: SpoolFact): void => {
    facts.push(fact);
    state = applyFact(state, fact);
  };
  const signed = <Message extends object>(message: Message, bytes: Uint8Array) => ({
    ...message,
    sig: signatureText(signer.sign(bytes)), // [DEV-5]
  });
  const recordOf = (clip: Ulid) => {
    const record = clipIn(state, clip);
    assert(record !== undefined, 'the clip is in the spool');
    return record;
  };
  function addEvent(seq: number, draft: EventDraft): DeviceEvent {
    const { stamp, ...rest } = draft;
    const { at, uptimeAtMs, syncedAtUptimeMs } = stamp;
    const clock = { boot: state.boot, uptimeAtMs, uptimeNowMs: null, syncedAtUptimeMs };
    const unsigned: Unsigned<DeviceEvent> = { v: 1, ...rest, at, clock, seq };
    const event = signed(unsigned, eventSignedBytes(unsigned));
    add({ kind: 'event-made', event });
    return event;
  }
  const signedFinal = (opening: Opening, final: Unsigned<Final>): Final =>
    signed(final, finalSignedBytes(opening, final));

  return {
    facts,
    state: () => state,
    add,
    openClip(draft) {
      const unsigned: Unsigned<Opening> = {
        v: 1,
        ...draft,
        boot: state.boot,
        seq: state.clipSeq,
      };
      const opening = signed(unsigned, openingSignedBytes(unsigned));
      add({ kind: 'clip-opened', opening });
      return opening;
    },
    addTrigger(clip, trigger) {
      if (recordOf(clip).triggers.length >= limits.triggersPerClipMax) return;
      add({ kind: 'trigger-added', clip, trigger });
    },
    makeEvent(draft) {
      if (!admitsEvent(draft.kind, state.events.length)) return null;
      return addEvent(state.eventSeq, draft);
    },
    replaceEvent: (seq, draft) => void addEvent(seq, draft),
    closeClip(clip, end, log) {
      const { opening, triggers, final } = recordOf(clip);
      assert(final === null, 'a clip ends once');
      // [DEV-5] Finals are made in the order of `seq`, or the chain would have a hole.
      assert(!state.clips.some((r) => r.final === null && r.opening.seq < opening.seq));
      const made = signedFinal(opening, {
        v: 1,
        clip,
        seq: opening.seq,
        disposition: end.disposition,
        ...(end.reason === undefined ? {} : { reason: end.reason.slice(0, 200) }),
        chunks: log.chunks.length,
        size: log.chunks.reduce((sum, { length }) => sum + length, 0),
        root: clipRoot(log.chunks.map(({ sha256 }) => sha256)),
        endedAt: end.endedAt,
        triggers: [...triggers],
        truncated: end.disposition !== 'complete',
        prev: state.prev,
      });
      add({ kind: 'clip-closed', final: made });
      return made;
    },
    evictClip(clip, because) {
      const { opening, final } = recordOf(clip);
      assert(final !== null, 'a clip that is being recorded is never evicted');
      const { sig: _sig, ...rest } = final;
      const made = signedFinal(opening, {
        ...rest,
        disposition: 'evicted',
        reason: because,
        truncated: true,
        replaces: finalHash(final),
      });
      add({ kind: 'clip-evicted', final: made });
      return made;
    },
  };
}
