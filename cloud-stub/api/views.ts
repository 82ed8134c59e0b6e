/** What the API shows of devices, clips and events, as schemas and as the functions that make them. */
import { z } from 'zod';
import { eventKinds, triggerKinds } from '../../device/wire/messages.ts';
import { type EpochMs, isoTime } from '../../device/wire/time.ts';
import type { ClipSignatures } from '../services/owners/clip-signatures.ts';
import type { OwnedClip, OwnedDevice, OwnedEvent } from '../services/owners/owner-views.ts';

const instant = z.string().describe('RFC 3339, UTC, milliseconds');
const lengthMs = z.int().min(0);

export const deviceView = z
  .strictObject({
    thing: z.string(),
    connected: z.boolean(),
    lastSeenAt: instant.nullable(),
    ownedFromAt: instant,
    settings: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('in force, as the device last reported; null when it never did'),
    canPress: z.boolean().describe('whether this host lets its button be pressed from here'),
  })
  .meta({ id: 'Device' });
export type DeviceView = z.infer<typeof deviceView>;

const wrappedKeyView = z.strictObject({
  recipient: z.string().describe("an owner's key, by the name that `doorbell key show` prints"),
  algorithm: z.string(),
  ephemeral: z.string().optional(),
  wrapped: z.string(),
});

export const clipView = z
  .strictObject({
    thing: z.string(),
    clip: z.string(),
    trigger: z.enum(triggerKinds),
    triggers: z.array(
      z.strictObject({ kind: z.enum(triggerKinds), at: instant, offsetMs: lengthMs }),
    ),
    recordedAt: instant,
    expiresAt: instant.nullable(),
    durationMs: lengthMs.nullable(),
    sizeBytes: z.int().min(0),
    state: z.enum(['arriving', 'stored']),
    truncated: z.boolean(),
    unfinished: z
      .boolean()
      .describe('the doorbell fell silent before the end; it may still complete it'),
    reason: z.string().nullable(),
    mediaType: z.string(),
    codec: z.string(),
    preRoll: z.strictObject({
      requestedMs: lengthMs,
      deliveredMs: lengthMs,
      firstIdrOffsetMs: lengthMs,
      gapMs: lengthMs,
    }),
    e2ee: z
      .strictObject({ recipients: z.array(wrappedKeyView) })
      .nullable()
      .describe('end-to-end encrypted: the key of the clip, wrapped for each key of its owner'),
    root: z.string().nullable().describe("SHA-256 over the chunks' SHA-256, hex"),
    stills: z.array(z.string()),
  })
  .meta({ id: 'Clip' });
export type ClipView = z.infer<typeof clipView>;

const signed = z.record(z.string(), z.unknown());
export const signaturesView = z
  .strictObject({
    opening: signed,
    final: signed.nullable().describe('null: the doorbell has not finished the clip'),
    mark: signed.nullable().describe('the last one of a clip without a final'),
    publicKey: z.string().describe("the doorbell's: SubjectPublicKeyInfo, DER, base64"),
    chunkBytes: z.array(z.int().min(0)).describe('length of each chunk of the footage'),
  })
  .meta({ id: 'ClipSignatures' });

export const eventView = z
  .strictObject({
    id: z.string(),
    thing: z.string(),
    seq: z.int().min(0),
    kind: z.enum(eventKinds),
    at: instant,
    receivedAt: instant,
    clip: z.string().nullable(),
    data: z.record(z.string(), z.unknown()),
  })
  .meta({ id: 'Event' });
export type EventView = z.infer<typeof eventView>;

const instantOrNull = (at: EpochMs | null): string | null => (at === null ? null : isoTime(at));

export const viewDevice = (device: OwnedDevice, canPress: boolean): DeviceView => ({
  thing: device.thing,
  connected: device.connected,
  lastSeenAt: instantOrNull(device.lastSeenAt),
  ownedFromAt: isoTime(device.ownedFromAt),
  settings: device.settings,
  canPress,
});

export const viewClip = (clip: OwnedClip): ClipView => ({
  thing: clip.thing,
  clip: clip.clip,
  trigger: clip.trigger,
  triggers: clip.triggers.map(({ kind, at, offsetMs }) => ({ kind, at: isoTime(at), offsetMs })),
  recordedAt: isoTime(clip.recordedAt),
  expiresAt: instantOrNull(clip.expiresAt),
  durationMs: clip.durationMs,
  sizeBytes: clip.sizeBytes,
  state: clip.state,
  truncated: clip.truncated,
  unfinished: clip.unfinished,
  reason: clip.reason,
  mediaType: clip.mediaType,
  codec: clip.codec,
  preRoll: { ...clip.preRoll },
  e2ee: clip.e2ee === null ? null : { recipients: [...clip.e2ee.recipients] },
  root: clip.root,
  stills: [...clip.stills],
});

export const viewSignatures = (signatures: ClipSignatures): z.infer<typeof signaturesView> => ({
  opening: signatures.opening,
  final: signatures.final,
  mark: signatures.mark,
  publicKey: Buffer.from(signatures.publicKey).toString('base64'),
  chunkBytes: [...signatures.chunkBytes],
});

export const viewEvent = (event: OwnedEvent): EventView => ({
  id: event.id,
  thing: event.thing,
  seq: event.seq,
  kind: event.kind,
  at: isoTime(event.at),
  receivedAt: isoTime(event.receivedAt),
  clip: event.clip,
  data: { ...event.data },
});
