/**
 * What a journal holds: a checkpoint, which is the whole state in a frame for each clip and event between two copies of
 * all else, and the facts since. So one frame that rots takes one record with it, and what that was can be said.
 */
import { z } from 'zod';
import { finalHash } from '../wire/codec.ts';
import type { Ulid } from '../wire/ids.ts';
import { ulidSchema } from '../wire/ids.ts';
import { encodeFrame, type Frames } from './journal-frames.ts';
import {
  applyFact,
  newSpool,
  type SpoolFact,
  type SpoolState,
  spoolFactSchema,
  spoolStateSchema,
} from './spool-state.ts';

const factsSchema = z.array(spoolFactSchema);
const headSchema = z.strictObject({
  checkpoint: spoolStateSchema,
  /** Absent in the older form, which has clips and events in the checkpoint itself. */
  carried: z
    .strictObject({
      clips: z.array(ulidSchema),
      /** The first event that is not acknowledged; all from it on are carried. */
      eventsFrom: z.int().min(0),
    })
    .optional(),
});
type Head = z.infer<typeof headSchema>;

export function encodeCheckpoint(state: SpoolState): Uint8Array {
  const { clips, events } = state;
  const head = encodeFrame({
    checkpoint: { ...state, clips: [], events: [] },
    carried: {
      clips: clips.map(({ opening }) => opening.clip),
      eventsFrom: events[0]?.seq ?? state.eventSeq,
    },
  });
  const carried: SpoolFact[] = [
    // What the owner wants masked must not be filmed by a doorbell that has lost both copies of the head.
    ...(state.settings === null
      ? []
      : [{ kind: 'settings-taken' as const, settings: state.settings }]),
    ...clips.map((record) => ({ kind: 'clip-carried' as const, record })),
    ...events.map((event) => ({ kind: 'event-made' as const, event })),
  ];
  return Buffer.concat([head, ...carried.map((fact) => encodeFrame([fact])), head]);
}

/** What rot took, as far as it can be told. */
export type JournalLoss = {
  readonly bytes: number;
  /** Numbers of events that are lost, or may be. */
  readonly events: readonly number[];
  /** Clips of which records are lost. */
  readonly clips: readonly Ulid[];
  /** Of the others that are not in the spool, which have left it. */
  readonly released: readonly Ulid[];
};
export type JournalContent = { readonly state: SpoolState; readonly loss: JournalLoss | null };

/** No event and no opening is shorter, with its signature: so many may have stood in what is damaged. */
const eventBytesMin = 200;
const openingBytesMin = 400;

/** How much a journal grows before a checkpoint begins the next. */
export const checkpointEveryBytes = 2 * 1024 * 1024;
/** No more numbers are taken in one journal; twice what fits, as its last decision may be long. */
const numbersPerJournalMax = Math.ceil((2 * checkpointEveryBytes) / eventBytesMin);

type Numbers = { readonly events: number; readonly clips: number };
const none: Numbers = { events: 0, clips: 0 };

/** Of the journal that is the `generation`th on this flash. */
export function readContent(frames: Frames, generation: number): JournalContent {
  const { parts } = frames;
  const heads = parts.map((part) => ('value' in part ? headIn(part.value) : null));
  const head = heads.find((found) => found !== null) ?? null;
  const { state, facts, damagedBytes, unseen } = readParts(
    parts,
    heads,
    head?.checkpoint ?? newSpool,
  );
  if (head === null)
    return rebuilt(state, facts, unseen, damagedBytes + frames.tornBytes, generation);
  if (damagedBytes === 0) return { state, loss: null };
  const numbered = {
    ...state,
    eventSeq: state.eventSeq + unseen.events,
    clipSeq: state.clipSeq + unseen.clips,
  };
  return { state: numbered, loss: { bytes: damagedBytes, ...lossOf(head, facts, numbered) } };
}

/**
 * Both copies of the head are lost: all records that are left count, and numbers go on where none can have been taken.
 * Each boot begins a journal, and each journal takes its bytes.
 */
function rebuilt(
  state: SpoolState,
  facts: readonly SpoolFact[],
  unseen: Numbers,
  bytes: number,
  generation: number,
): JournalContent {
  const beyond = generation * numbersPerJournalMax;
  const isKnown = (kind: SpoolFact['kind']): boolean => facts.some((fact) => fact.kind === kind);
  const lastFinal = state.clips.findLast(({ final }) => final !== null)?.final ?? null;
  const numbered: SpoolState = {
    ...state,
    boot: generation,
    // A checkpoint carries all events up to the last number that was taken; clips may have left.
    eventSeq: isKnown('event-made') ? state.eventSeq + unseen.events : beyond,
    clipSeq: isKnown('clip-opened') ? state.clipSeq + unseen.clips : beyond,
    prev: state.prev ?? (lastFinal === null ? null : (lastFinal.replaces ?? finalHash(lastFinal))),
  };
  const eventsFrom = numbered.events[0]?.seq ?? numbered.eventSeq;
  const head = { checkpoint: newSpool, carried: { clips: [], eventsFrom } };
  return { state: numbered, loss: { bytes, ...lossOf(head, facts, numbered) } };
}

type Read = {
  readonly state: SpoolState;
  readonly facts: readonly SpoolFact[];
  readonly damagedBytes: number;
  /** Numbers that were perhaps taken in what is damaged, and must not be taken again. */
  readonly unseen: Numbers;
};

function readParts(
  parts: Frames['parts'],
  heads: readonly (Head | null)[],
  initial: SpoolState,
): Read {
  const facts: SpoolFact[] = [];
  let state = initial;
  let damagedBytes = 0;
  let unseen = none;
  parts.forEach((part, i) => {
    if ('damagedBytes' in part) {
      const { damagedBytes: bytes } = part;
      damagedBytes += bytes;
      unseen = {
        events: unseen.events + Math.floor(bytes / eventBytesMin),
        clips: unseen.clips + Math.floor(bytes / openingBytesMin),
      };
    } else if (heads[i] === null) {
      const more = factsSchema.parse(part.value);
      const after = more.reduce(applyFact, state);
      // Whoever takes the next number tells which were taken before.
      unseen = {
        events: after.eventSeq > state.eventSeq ? 0 : unseen.events,
        clips: after.clipSeq > state.clipSeq ? 0 : unseen.clips,
      };
      state = after;
      facts.push(...more);
    } else {
      // The checkpoint's numbers account for all that is carried in it.
      unseen = none;
    }
  });
  return { state, facts, damagedBytes, unseen };
}

function headIn(value: unknown): Head | null {
  const parsed = headSchema.safeParse(value);
  return parsed.success ? parsed.data : null;
}

function lossOf(
  { checkpoint, carried }: Head,
  facts: readonly SpoolFact[],
  { events, eventSeq }: SpoolState,
): Omit<JournalLoss, 'bytes'> {
  const acknowledged = facts.map((fact) => (fact.kind === 'events-acknowledged' ? fact.upTo : -1));
  const carriedFrom = carried?.eventsFrom ?? checkpoint.events[0]?.seq ?? checkpoint.eventSeq;
  const eventsFrom = Math.max(carriedFrom, ...acknowledged.map((upTo) => upTo + 1));
  const here = new Set(events.map(({ seq }) => seq));
  const clipsWith = (...kinds: readonly SpoolFact['kind'][]): readonly Ulid[] =>
    facts.flatMap((fact) => (kinds.includes(fact.kind) ? (clipOf(fact) ?? []) : []));
  const released = clipsWith('clip-released');
  const whole = new Set([
    ...checkpoint.clips.map(({ opening }) => opening.clip),
    ...clipsWith('clip-opened', 'clip-carried'),
    ...released,
  ]);
  const named = [
    ...(carried?.clips ?? []),
    ...clipsWith('trigger-added', 'still-kept', 'still-refused', 'clip-closed', 'clip-evicted'),
  ];
  return {
    events: Array.from(
      { length: Math.max(0, eventSeq - eventsFrom) },
      (_, i) => eventsFrom + i,
    ).filter((seq) => !here.has(seq)),
    clips: [...new Set(named)].filter((clip) => !whole.has(clip)),
    released,
  };
}

/** Whose record the fact belongs to; null: it is of no clip. */
function clipOf(fact: SpoolFact): Ulid | null {
  switch (fact.kind) {
    case 'clip-opened':
      return fact.opening.clip;
    case 'clip-carried':
      return fact.record.opening.clip;
    case 'clip-closed':
    case 'clip-evicted':
      return fact.final.clip;
    case 'trigger-added':
    case 'still-kept':
    case 'still-refused':
    case 'clip-released':
      return fact.clip;
    case 'event-made':
    case 'events-acknowledged':
    case 'settings-taken':
    case 'stopped':
      return null;
  }
}
