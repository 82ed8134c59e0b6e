/** Settings an owner or a cloud may change while the doorbell runs; their limits, and how they relate. */
import { z } from 'zod';
import { motionSettingsSchema } from '../vision/motion-settings.ts';
import { type DurationMs, milliseconds } from '../wire/time.ts';
import type { SegmenterSettings } from './clip-segmenter.ts';

const MiB = 1024 * 1024;

const length = (defaultMs: number, minMs: number, maxMs: number) =>
  z
    .int()
    .min(minMs)
    .max(maxMs)
    .default(defaultMs)
    .transform((ms): DurationMs => milliseconds(ms));

const share = z.number().min(0).max(1);
const box = z.strictObject({ x: share, y: share, width: share, height: share });

const clipSettings = z.strictObject({
  preRollMs: length(4_000, 0, 30_000).describe('how much before its trigger a clip shows'), // [DEV-1]
  postRollMs: length(5_000, 1_000, 120_000).describe(
    'how long it goes on after the last motion or ring',
  ),
  snapshotPostRollMs: length(1_000, 0, 10_000).describe('the same after a snapshot'),
  maxLengthMs: length(60_000, 5_000, 600_000).describe(
    'motion that goes on has a clip that follows',
  ),
});

const imagerSettings = z.strictObject({
  analysisWidthPx: z
    .int()
    .min(64)
    .max(640)
    .multipleOf(2)
    .default(320)
    .describe('of the picture that motion is looked for in'),
  analysisFramesPerSecond: z.number().min(1).max(30).default(5).describe('pictures looked at'),
  /** The link carries three times this (480 KiB/s, [WIRE-4]): pre-roll and the first second go out within 2.5 s. */
  videoBitsPerSecond: z.int().min(50_000).max(20_000_000).default(1_200_000).describe('of x264'),
  privacyMasks: z
    .array(box)
    .max(16)
    .default([])
    .describe('boxes {x, y, width, height}, 0 to 1, that are black in every recording'),
  clockOverlay: z.boolean().default(true).describe('burn the time into the picture'),
  audio: z.boolean().default(true).describe('record sound where the source has it'),
});

const stillSettings = z.strictObject({
  widthPxMax: z.int().min(160).max(3840).default(1280).describe('of stills'),
  regions: z.boolean().default(false).describe('a second still with the moving regions drawn'),
});

const buttonSettings = z.strictObject({
  debounceMs: length(30, 0, 500).describe('contacts that bounce for so long are one press'),
  longPressMs: length(1_500, 500, 10_000).describe('held for so long, it is a long press'),
  doublePressGapMs: length(400, 100, 2_000).describe('two presses within it are a double press'),
});

const spoolSettings = z.strictObject({
  capacityBytes: z
    .int()
    .min(MiB)
    .max(65_536 * MiB)
    .default(256 * MiB)
    .describe('what flash may hold; beyond it, clips are evicted by policy'),
});

const uplinkSettings = z.strictObject({
  profile: z
    .enum(['aws', 'open'])
    .default('aws')
    .describe("aws: within AWS IoT Core's rates; open: as fast as the cloud takes it"), // [WIRE-4]
});

const healthSettings = z.strictObject({
  everyMs: length(300_000, 1_000, 86_400_000).describe('how often it tells how it is'),
});

/** A part of the settings, or nothing of it: what is missing takes its default. */
const part = <Shape extends z.ZodType>(schema: Shape) => z.prefault(schema, {} as z.input<Shape>);

export const settingsSchema = z.strictObject({
  motion: part(motionSettingsSchema),
  clip: part(clipSettings),
  imager: part(imagerSettings),
  still: part(stillSettings),
  button: part(buttonSettings),
  spool: part(spoolSettings),
  uplink: part(uplinkSettings),
  health: part(healthSettings),
});
export type Settings = z.infer<typeof settingsSchema>;
/** As a file or a message writes them: every member may be missing. */
export type SettingsInput = z.input<typeof settingsSchema>;

export type SettingsVerdict =
  | { readonly ok: true; readonly settings: Settings; readonly written: SettingsInput }
  | { readonly ok: false; readonly because: string };

/**
 * Settings wanted by the cloud, laid over those in force: a part that is named replaces the members it names, all
 * else stays. Lists are replaced whole.
 */
export function overlaySettings(
  inForce: Readonly<Record<string, unknown>>,
  wanted: Readonly<Record<string, unknown>>,
): SettingsVerdict {
  const written = merge(inForce, wanted) as SettingsInput;
  const parsed = settingsSchema.safeParse(written);
  return parsed.success
    ? { ok: true, settings: parsed.data, written }
    : { ok: false, because: z.prettifyError(parsed.error).replaceAll('\n', ' ').slice(0, 200) };
}

export const defaultSettings: Settings = settingsSchema.parse({});

const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

function merge(below: unknown, above: unknown): unknown {
  if (!isPlain(below) || !isPlain(above)) return above === undefined ? below : above;
  const keys = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries(
    [...keys]
      .filter((key) => !forbidden.has(key))
      .map((key) => [key, merge(below[key], above[key])]),
  );
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What the segmenter goes by. The ring reaches back further than the pre-roll: motion is noticed after it began. */
export function segmenterSettings({ clip, motion }: Settings): SegmenterSettings {
  const noticedAfterMs = motion.minimumDurationMs + 3_000;
  return {
    ...clip,
    ring: { keepMs: milliseconds(clip.preRollMs + noticedAfterMs), bytesMax: 32 * MiB },
  };
}
