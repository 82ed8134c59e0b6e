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
  /** [DEV-1] */
  preRollMs: length(4_000, 0, 30_000),
  postRollMs: length(5_000, 1_000, 120_000),
  snapshotPostRollMs: length(1_000, 0, 10_000),
  maxLengthMs: length(60_000, 5_000, 600_000),
});

const imagerSettings = z.strictObject({
  analysisWidthPx: z.int().min(64).max(640).multipleOf(2).default(320),
  analysisFramesPerSecond: z.number().min(1).max(30).default(5),
  /** The link carries three times this (480 KiB/s, [WIRE-4]): pre-roll and the first second go out within 2.5 s. */
  videoBitsPerSecond: z.int().min(50_000).max(20_000_000).default(1_200_000),
  privacyMasks: z.array(box).max(16).default([]),
  clockOverlay: z.boolean().default(true),
  audio: z.boolean().default(true),
});

const stillSettings = z.strictObject({
  widthPxMax: z.int().min(160).max(3840).default(1280),
  /** A second still with the moving regions drawn. */
  regions: z.boolean().default(false),
});

const buttonSettings = z.strictObject({
  debounceMs: length(30, 0, 500),
  longPressMs: length(1_500, 500, 10_000),
  doublePressGapMs: length(400, 100, 2_000),
});

const spoolSettings = z.strictObject({
  capacityBytes: z
    .int()
    .min(MiB)
    .max(65_536 * MiB)
    .default(256 * MiB),
});

const uplinkSettings = z.strictObject({
  /** [WIRE-4] */
  profile: z.enum(['aws', 'open']).default('aws'),
});

const healthSettings = z.strictObject({
  everyMs: length(300_000, 1_000, 86_400_000),
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
