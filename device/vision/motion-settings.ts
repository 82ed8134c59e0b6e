/** What an owner can tell the motion detector. All shapes are normalised: 0 to 1 from the top left corner. */
import { z } from 'zod';
import { milliseconds } from '../wire/time.ts';
import { visionLimits } from './vision-limits.ts';

const share = z.number().min(0).max(1);
const point = z.strictObject({ x: share, y: share });
const polygon = z.array(point).min(3).max(visionLimits.polygonPointsMax);
const level = z.number().int().min(1).max(10);

/** 1 sees least, 10 most; one set by daylight, one for the infrared picture. */
const sensitivity = z.strictObject({
  day: level.default(5),
  night: level.default(5),
});

const zone = z.strictObject({
  name: z.string().min(1).max(64),
  /** With any `include` zone, only motion inside one counts; an `exclude` zone always wins. */
  kind: z.enum(['include', 'exclude']).default('include'),
  polygon,
  /** Null takes the detector's own sensitivity. */
  sensitivity: sensitivity.nullable().default(null),
});

const length = (defaultMs: number, maxMs: number) =>
  z
    .number()
    .int()
    .min(0)
    .max(maxMs)
    .default(defaultMs)
    .transform((ms) => milliseconds(ms));

export const motionSettingsSchema = z.strictObject({
  sensitivity: sensitivity.default({ day: 5, night: 5 }),
  zones: z.array(zone).max(visionLimits.zonesMax).default([]),
  /** Pixels the detector never looks at: a television, a flag. Unlike an exclude zone, nothing is learnt there. */
  masks: z.array(polygon).max(visionLimits.zonesMax).default([]),
  /** Share of the picture that a region's box must cover, both inclusive. */
  objectSize: z
    .strictObject({ min: share.default(0), max: share.default(1) })
    .refine((size) => size.min <= size.max, 'min must not exceed max')
    .default({ min: 0, max: 1 }),
  /** Motion must last this long before `motion-began`. */
  minimumDurationMs: length(0, 60_000),
  /** Motion must be absent this long before `motion-ended`. */
  endAfterMs: length(1_500, 60_000),
  /** After `motion-ended`, no `motion-began` for this long. */
  cooldownMs: length(0, 600_000),
});

export type MotionSettings = z.infer<typeof motionSettingsSchema>;
export type MotionSettingsInput = z.input<typeof motionSettingsSchema>;
export type Polygon = z.infer<typeof polygon>;
export type Zone = z.infer<typeof zone>;
export type LightMode = keyof MotionSettings['sensitivity'];
