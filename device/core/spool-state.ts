/**
 * What the doorbell must not forget, as a fold over facts. The journal on flash holds the facts; this is the only
 * place that says what they mean.
 */
import { z } from 'zod';
import { finalHash } from '../wire/codec.ts';
import { type Ulid, ulidSchema } from '../wire/ids.ts';
import {
  type DeviceEvent,
  eventSchema,
  finalSchema,
  type Opening,
  openingSchema,
  settingsMessageSchema,
  sha256Hex,
  type Trigger,
  triggerSchema,
} from '../wire/messages.ts';
import { later } from '../wire/time.ts';
import type { SpooledClip } from './spool-policy.ts';

const stillSchema = z.strictObject({
  still: ulidSchema,
  bytes: z.int().min(0),
  /** Of its file. Absent where an older firmware kept it. */
  sha256: sha256Hex.optional(),
});
export type StillRecord = Readonly<z.infer<typeof stillSchema>>;

const clipSchema = z.strictObject({
  opening: openingSchema,
  triggers: z.array(triggerSchema),
  stills: z.array(stillSchema),
  final: finalSchema.nullable(),
  /** Its bytes were given up. */
  evicted: z.boolean(),
});
export type ClipRecord = Readonly<z.infer<typeof clipSchema>>;

/** Facts, in the order in which they became durable. */
export const spoolFactSchema = z.discriminatedUnion('kind', [
  /** Stands in checkpoints: all that is known of a clip so far. */
  z.strictObject({ kind: z.literal('clip-carried'), record: clipSchema }),
  z.strictObject({ kind: z.literal('clip-opened'), opening: openingSchema }),
  z.strictObject({ kind: z.literal('trigger-added'), clip: ulidSchema, trigger: triggerSchema }),
  z.strictObject({ kind: z.literal('event-made'), event: eventSchema }),
  z.strictObject({ kind: z.literal('still-kept'), clip: ulidSchema, ...stillSchema.shape }),
  z.strictObject({
    kind: z.literal('still-refused'),
    clip: ulidSchema,
    still: ulidSchema,
    because: z.string(),
  }),
  z.strictObject({ kind: z.literal('clip-closed'), final: finalSchema }),
  z.strictObject({ kind: z.literal('clip-evicted'), final: finalSchema }),
  z.strictObject({ kind: z.literal('clip-released'), clip: ulidSchema }),
  z.strictObject({ kind: z.literal('events-acknowledged'), upTo: z.int().min(0) }),
  z.strictObject({ kind: z.literal('settings-taken'), settings: settingsMessageSchema }),
  z.strictObject({ kind: z.literal('stopped'), restart: z.boolean() }),
]);
export type SpoolFact = z.infer<typeof spoolFactSchema>;

export const spoolStateSchema = z.strictObject({
  boot: z.int().min(0),
  clipSeq: z.int().min(0),
  eventSeq: z.int().min(0),
  /** Hash of the last final made. [DEV-5] */
  prev: z.string().nullable(),
  /** By `seq`, ascending. */
  clips: z.array(clipSchema),
  /** By `seq`, ascending. */
  events: z.array(eventSchema),
  settings: settingsMessageSchema.nullable(),
  /** How the last run ended: null when it did not end in good order. */
  stopped: z.strictObject({ restart: z.boolean() }).nullable(),
});
export type SpoolState = Readonly<z.infer<typeof spoolStateSchema>>;

export const newSpool: SpoolState = {
  boot: 0,
  clipSeq: 0,
  eventSeq: 0,
  prev: null,
  clips: [],
  events: [],
  settings: null,
  stopped: null,
};

export function applyFact(state: SpoolState, fact: SpoolFact): SpoolState {
  switch (fact.kind) {
    case 'clip-carried':
      return { ...state, clips: [...state.clips, fact.record] };
    case 'clip-opened':
      return opened(state, fact.opening);
    case 'trigger-added':
      return changed(state, fact.clip, (record) => ({
        ...record,
        triggers: [...record.triggers, fact.trigger],
      }));
    case 'event-made':
      return made(state, fact.event);
    case 'still-kept':
      return changed(state, fact.clip, (record) => ({
        ...record,
        stills: [...record.stills, stillIn(fact)],
      }));
    case 'still-refused':
      return changed(state, fact.clip, (record) => ({
        ...record,
        stills: record.stills.filter(({ still }) => still !== fact.still),
      }));
    case 'clip-closed': {
      const closed = changed(state, fact.final.clip, (record) => ({
        ...record,
        final: fact.final,
        evicted: fact.final.disposition === 'evicted',
      }));
      // Its opening may have been lost to rot; its number is taken all the same.
      const clipSeq = Math.max(closed.clipSeq, fact.final.seq + 1);
      return { ...closed, clipSeq, prev: finalHash(fact.final) };
    }
    case 'clip-evicted':
      // The chain goes on from the final that this one replaces.
      return changed(state, fact.final.clip, (record) => ({
        ...record,
        final: fact.final,
        stills: [],
        evicted: true,
      }));
    case 'clip-released':
      return { ...state, clips: state.clips.filter(({ opening }) => opening.clip !== fact.clip) };
    case 'events-acknowledged':
      return { ...state, events: state.events.filter(({ seq }) => seq > fact.upTo) };
    case 'settings-taken':
      return { ...state, settings: fact.settings };
    case 'stopped':
      return { ...state, stopped: { restart: fact.restart } };
  }
}

export const clipIn = (state: SpoolState, clip: Ulid): ClipRecord | undefined =>
  state.clips.find(({ opening }) => opening.clip === clip);

const made = (state: SpoolState, event: DeviceEvent): SpoolState => ({
  ...state,
  eventSeq: Math.max(state.eventSeq, event.seq + 1),
  events: inOrder([...state.events, event]),
});

function stillIn({ still, bytes, sha256 }: StillRecord): StillRecord {
  return sha256 === undefined ? { still, bytes } : { still, bytes, sha256 };
}

/** One that stands in the place of a lost one comes late. */
const inOrder = (events: readonly DeviceEvent[]): DeviceEvent[] =>
  (events.at(-2)?.seq ?? -1) < (events.at(-1)?.seq ?? 0)
    ? [...events]
    : events.toSorted((a, b) => a.seq - b.seq);

const opened = (state: SpoolState, opening: Opening): SpoolState => ({
  ...state,
  clipSeq: Math.max(state.clipSeq, opening.seq + 1),
  clips: [
    ...state.clips,
    { opening, triggers: [firstTrigger(opening)], stills: [], final: null, evicted: false },
  ],
});

/** The trigger that opened the clip fell where its pre-roll ends. */
function firstTrigger({ trigger, startedAt, preRoll }: Opening): Trigger {
  const offsetMs = preRoll.deliveredMs;
  return { kind: trigger, at: later(startedAt, offsetMs), offsetMs };
}

const changed = (
  state: SpoolState,
  clip: Ulid,
  change: (record: ClipRecord) => ClipRecord,
): SpoolState => ({
  ...state,
  clips: state.clips.map((record) => (record.opening.clip === clip ? change(record) : record)),
});

export const rang = (record: ClipRecord): boolean =>
  record.triggers.some(({ kind }) => kind === 'ding');

/** The clip as the eviction policy sees it; `bytes` is what it takes on flash. */
export const spooledClip = (
  { opening, triggers, final, evicted }: ClipRecord,
  bytes: number,
  rejected: boolean,
): SpooledClip => ({
  clip: opening.clip,
  seq: opening.seq,
  rang: triggers.some(({ kind }) => kind === 'ding'),
  bytes: evicted ? 0 : bytes,
  recording: final === null,
  rejected,
});
