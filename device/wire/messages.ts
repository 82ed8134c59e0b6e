/**
 * The messages of the clip transfer, version 1 (wire.md). Every one is parsed here at the boundary; unknown
 * members are refused, so that a signature covers all that was understood.
 */
import { z } from 'zod';
import { ulidSchema } from './ids.ts';
import { limits } from './limits.ts';
import type { DurationMs, EpochMs, UptimeMs } from './time.ts';

const count = z.int().min(0);
const epoch = z
  .int()
  .min(0)
  .max(8.64e15)
  .transform((ms) => ms as EpochMs);
const uptime = z
  .int()
  .min(0)
  .transform((ms) => ms as UptimeMs);
const duration = z
  .int()
  .min(0)
  .transform((ms) => ms as DurationMs);
const version = z.literal(1);
const signature = z
  .string()
  .regex(/^[A-Za-z0-9_-]{86,98}$/, 'expected an ECDSA signature, base64url');
export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hex digits');
const reason = z.string().min(1).max(200);

export const triggerKinds = ['ding', 'motion', 'snapshot', 'command'] as const;
export type TriggerKind = (typeof triggerKinds)[number];

export const triggerSchema = z.strictObject({
  kind: z.enum(triggerKinds),
  /** Device wall clock. */
  at: epoch,
  /** Where in the clip the trigger fell, from the clip's first picture. */
  offsetMs: duration,
});
export type Trigger = z.infer<typeof triggerSchema>;

const wrappedKey = z.strictObject({
  recipient: z.string().min(1).max(128),
  algorithm: z.string().min(1).max(64),
  ephemeral: z.string().max(512).optional(),
  wrapped: z.string().min(1).max(1024),
});

/** The key of a clip, wrapped for each key of its owner. */
export const sealedClipSchema = z.strictObject({
  recipients: z.array(wrappedKey).min(1).max(16),
});

export const openingSchema = z.strictObject({
  v: version,
  clip: ulidSchema,
  /** Boots since manufacture, this one included. */
  boot: count,
  /** Clips since manufacture; never repeats. */
  seq: count,
  trigger: z.enum(triggerKinds),
  startedAt: epoch,
  clock: z.strictObject({
    uptimeAtStartMs: uptime,
    /**
     * Written anew each time `init` is sent; the signature does not cover it. Null when it is sent in a later boot
     * than the clip's: that boot's uptime says nothing of how long ago the clip was recorded. [RET-5]
     */
    uptimeNowMs: uptime.nullable(),
    syncedAtUptimeMs: uptime.nullable(),
  }),
  mediaType: z.literal('video/mp4'),
  codec: z.string().min(1).max(100),
  /** [DEV-1] The contract and what became of it; `gapMs` sums what is missing inside. */
  preRoll: z.strictObject({
    requestedMs: duration,
    deliveredMs: duration,
    firstIdrOffsetMs: duration,
    gapMs: duration,
  }),
  /** End-to-end encrypted: see footage-sealing.ts. */
  e2ee: sealedClipSchema.optional(),
  sig: signature,
});
export type Opening = z.infer<typeof openingSchema>;

export const markSchema = z.strictObject({
  v: version,
  clip: ulidSchema,
  chunks: count.max(limits.chunksPerClipMax),
  root: sha256Hex,
  sig: signature,
});
export type Mark = z.infer<typeof markSchema>;

export const dispositions = ['complete', 'truncated', 'aborted', 'evicted'] as const;
export type ClipDisposition = (typeof dispositions)[number];

export const finalSchema = z.strictObject({
  v: version,
  clip: ulidSchema,
  seq: count,
  disposition: z.enum(dispositions),
  reason: reason.optional(),
  chunks: count.max(limits.chunksPerClipMax),
  /** Bytes of all chunks together. */
  size: count,
  root: sha256Hex,
  endedAt: epoch,
  triggers: z.array(triggerSchema).max(limits.triggersPerClipMax),
  truncated: z.boolean(),
  /** Hash of the final with the preceding `seq`; null for the first clip ever made. [DEV-5] */
  prev: sha256Hex.nullable(),
  /**
   * A clip evicted after its final was made sends a second final, `evicted`, with the same `prev`. It names the
   * first one here, since that is what the next clip's `prev` names: the chain holds through an eviction. [DEV-3]
   */
  replaces: sha256Hex.optional(),
  sig: signature,
});
export type Final = z.infer<typeof finalSchema>;

export const eventKinds = [
  'ding',
  'button',
  'motion-began',
  'motion-ended',
  'clip-began',
  'clip-ended',
  'boot',
  'shutdown',
  'health',
  'evicted',
  'night-mode',
  'porch-light',
  'imager-fault',
  'flash-damaged',
  'settings-changed',
] as const;
export type EventKind = (typeof eventKinds)[number];

const scalar = z.union([z.string().max(500), z.number(), z.boolean(), z.null()]);

export const eventSchema = z.strictObject({
  v: version,
  id: ulidSchema,
  /** Events since manufacture; never repeats. */
  seq: count,
  kind: z.enum(eventKinds),
  at: epoch,
  /** Of the device when it happened, as in a clip's opening: what dates it whatever the wall clock says. */
  clock: z
    .strictObject({
      boot: count,
      uptimeAtMs: uptime,
      /** Written anew each time it is sent, and not signed; null when it is sent in a later boot. */
      uptimeNowMs: uptime.nullable(),
      syncedAtUptimeMs: uptime.nullable(),
    })
    .optional(),
  clip: ulidSchema.optional(),
  data: z.record(z.string().max(64), z.union([scalar, z.array(scalar).max(64)])),
  sig: signature,
});
export type DeviceEvent = z.infer<typeof eventSchema>;

export const receiptStates = ['receiving', 'received', 'stored', 'rejected'] as const;
export type ReceiptState = (typeof receiptStates)[number];

export const receiptSchema = z.strictObject({
  v: version,
  clip: ulidSchema,
  state: z.enum(receiptStates),
  /** The lowest index not yet durable. */
  next: count,
  /** Durable indices as ranges, both ends inclusive, ascending; cut at `rangesPerReceiptMax`. */
  have: z.array(z.tuple([count, count])).max(limits.rangesPerReceiptMax),
  window: count.max(limits.windowMax),
  /** Durable stills of this clip. */
  stills: z.array(ulidSchema).max(limits.stillsPerClipMax).optional(),
  /** Stills that will never be taken, with `reason`: sending them again is of no use. [WIRE-10] */
  refusedStills: z.array(ulidSchema).max(limits.stillsPerClipMax).optional(),
  retryMs: duration.optional(),
  reason: reason.optional(),
});
export type Receipt = z.infer<typeof receiptSchema>;

/** Every event with `seq` up to and including this is durable. [WIRE-10] */
export const eventReceiptSchema = z.strictObject({ upTo: count });
export type EventReceipt = z.infer<typeof eventReceiptSchema>;

export const commandNames = ['snapshot', 'live-view', 'reboot'] as const;
export type CommandName = (typeof commandNames)[number];

export const commandSchema = z.strictObject({
  id: ulidSchema,
  name: z.enum(commandNames),
  expiresAt: epoch,
  data: z.record(z.string().max(64), scalar),
});
export type Command = z.infer<typeof commandSchema>;

export const replySchema = z.strictObject({
  id: ulidSchema,
  ok: z.boolean(),
  reason: reason.optional(),
  data: z.record(z.string().max(64), scalar).optional(),
});
export type Reply = z.infer<typeof replySchema>;

/** Settings travel as the settings file's own JSON; each side checks them against its own schema. */
export const settingsMessageSchema = z.record(z.string().max(64), z.unknown());
export type SettingsMessage = z.infer<typeof settingsMessageSchema>;

/** The messages as their senders make them, before they are signed. */
export type Unsigned<Message extends { sig: string }> = Omit<Message, 'sig'>;
