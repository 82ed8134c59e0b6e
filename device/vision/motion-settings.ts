/** What an owner can tell the motion detector. All shapes are normalised: 0 to 1 from the top left corner. */
import { z } from 'zod';
import { milliseconds } from '../wire/time.ts';
import { visionLimits } from './vision-limits.ts';

const share = z.number().min(0).max(1);
const point = z.strictObject({ x: share, y: share });
const polygon = z.array(point).min(3).max(visionLimits.polygonPointsMax);
const level = z.number().int().min(1).max(10);

const sensitivity = z.strictObject({
  day: level.default(5).describe('1 sees least, 10 most'),
  night: level.default(5).describe('the same for the infrared picture'),
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
  zones: z
    .array(zone)
    .max(visionLimits.zonesMax)
    .default([])
    .describe('list of {name, kind: include or exclude, polygon: [{x, y}, ...]}, 0 to 1'),
  masks: z
    .array(polygon)
    .max(visionLimits.zonesMax)
    .default([])
    .describe(
      'polygons never looked at: a television, a flag; unlike in an exclude zone, nothing is learnt',
    ),
  objectSize: z
    .strictObject({
      min: share.default(0).describe("share of the picture that a region's box must cover"),
      max: share.default(1).describe('share that it may cover'),
    })
    .refine((size) => size.min <= size.max, 'min must not exceed max')
    .default({ min: 0, max: 1 }),
  minimumDurationMs: length(0, 60_000).describe('motion must last this long before motion-began'),
  endAfterMs: length(1_500, 60_000).describe('motion must be absent this long before motion-ended'),
  cooldownMs: length(0, 600_000).describe('after motion-ended, no motion-began for this long'),
});

export type MotionSettings = z.infer<typeof motionSettingsSchema>;
export type MotionSettingsInput = z.input<typeof motionSettingsSchema>;
export type Polygon = z.infer<typeof polygon>;
export type Zone = z.infer<typeof zone>;
export type LightMode = keyof MotionSettings['sensitivity'];
