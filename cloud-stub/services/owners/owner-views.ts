/** Clips, events and devices as their owner sees them. Nothing here may differ with holds. [DEL-4] */
import { z } from 'zod';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import type {
  EventKind,
  Opening,
  SettingsMessage,
  Trigger,
  TriggerKind,
} from '../../../device/wire/messages.ts';
import type { DurationMs, EpochMs } from '../../../device/wire/time.ts';
import type { ClipRow, DeviceRow, EventRow, Json } from '../../catalogue-tables.ts';
import { makeCursor } from '../page-cursor.ts';

export type OwnedClip = {
  readonly thing: ThingName;
  readonly clip: Ulid;
  /** What started it; `ding` as soon as one of its triggers is a ding. */
  readonly trigger: TriggerKind;
  readonly triggers: readonly Trigger[];
  readonly recordedAt: EpochMs;
  readonly expiresAt: EpochMs | null;
  readonly durationMs: DurationMs | null;
  readonly sizeBytes: number;
  /** `arriving`: more may follow. */
  readonly state: 'arriving' | 'stored';
  readonly truncated: boolean;
  /** Salvaged from a device that fell silent and has not come back to finish it. [WIRE-7] */
  readonly unfinished: boolean;
  readonly reason: string | null;
  readonly codec: string;
  readonly mediaType: string;
  readonly preRoll: Opening['preRoll'];
  /** For whose keys it is end-to-end encrypted; null: it is not. */
  readonly e2ee: NonNullable<Opening['e2ee']> | null;
  /** SHA-256 of the chunks' hashes, hex; null while arriving. Changes when a salvaged clip grows. */
  readonly root: string | null;
  readonly stills: readonly Ulid[];
};

export type OwnedEvent = {
  /** The event's place among all of the account's events; opaque. */
  readonly cursor: string;
  readonly id: Ulid;
  readonly thing: ThingName;
  readonly seq: number;
  readonly kind: EventKind;
  readonly at: EpochMs;
  readonly receivedAt: EpochMs;
  readonly clip: Ulid | null;
  readonly data: Readonly<Record<string, unknown>>;
};

export type OwnedDevice = {
  readonly thing: ThingName;
  readonly connected: boolean;
  readonly lastSeenAt: EpochMs | null;
  readonly ownedFromAt: EpochMs;
  /** As the device last reported them. */
  readonly settings: SettingsMessage | null;
};

const openingShown = z.object({
  mediaType: z.string(),
  codec: z.string(),
  preRoll: z.custom<Opening['preRoll']>(),
  e2ee: z.custom<NonNullable<Opening['e2ee']>>().optional(),
});
const triggersShown = z.array(z.custom<Trigger>());
const objectShown = z.record(z.string(), z.unknown());

export function ownedClip(row: ClipRow, stills: readonly Ulid[]): OwnedClip {
  const { mediaType, codec, preRoll, e2ee } = openingShown.parse(JSON.parse(row.opening));
  const triggers = triggersShown.parse(JSON.parse(row.triggers));
  const arriving = row.possession === 'staged';
  return {
    thing: row.thing,
    clip: row.clip,
    trigger: triggers.some(({ kind }) => kind === 'ding') ? 'ding' : row.trigger,
    triggers,
    recordedAt: row.recordedAt,
    expiresAt: row.expiresAt,
    durationMs: row.durationMs as DurationMs | null,
    sizeBytes: row.sizeBytes,
    state: arriving ? 'arriving' : 'stored',
    truncated: row.truncated === 1,
    unfinished: !arriving && row.final === null,
    reason: row.reason,
    codec,
    mediaType,
    preRoll,
    e2ee: e2ee ?? null,
    root: arriving ? null : row.root,
    stills,
  };
}

export const ownedEvent = (
  row: Pick<EventRow, 'thing' | 'seq' | 'id' | 'kind' | 'at' | 'receivedAt' | 'clip' | 'data'>,
): OwnedEvent => ({
  cursor: makeCursor([row.receivedAt, row.thing, row.seq]),
  id: row.id,
  thing: row.thing,
  seq: row.seq,
  kind: row.kind,
  at: row.at,
  receivedAt: row.receivedAt,
  clip: row.clip,
  data: parseObject(row.data),
});

export const ownedDevice = (row: DeviceRow, ownedFromAt: EpochMs): OwnedDevice => ({
  thing: row.thing,
  connected: row.connected === 1,
  lastSeenAt: row.lastSeenAt,
  ownedFromAt,
  settings: row.settings === null ? null : parseObject(row.settings),
});

const parseObject = (json: Json): Record<string, unknown> => objectShown.parse(JSON.parse(json));
