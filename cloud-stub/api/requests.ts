/** What requests may carry: parameters of paths and queries. */
import { z } from 'zod';
import { type ThingName, thingNamePattern, type Ulid, ulidPattern } from '../../device/wire/ids.ts';
import { eventKinds, triggerKinds } from '../../device/wire/messages.ts';
import {
  type DurationMs,
  days,
  epochMs,
  hours,
  milliseconds,
  minutes,
  seconds,
} from '../../device/wire/time.ts';
import { readCursor } from '../services/page-cursor.ts';
import { apiLimits } from './limits.ts';

// Strings with patterns, not custom schemas: these can be described in OpenAPI.
export const thing = z
  .string()
  .regex(thingNamePattern, 'expected a thing name')
  .transform((name) => name as ThingName);
export const ulid = z
  .string()
  .regex(ulidPattern, 'expected a ULID')
  .transform((text) => text as Ulid);
export const instant = z.iso
  .datetime({ offset: true, error: 'expected an RFC 3339 date and time' })
  .transform((text) => epochMs(Date.parse(text)));

const lengthUnits = { ms: milliseconds, s: seconds, m: minutes, h: hours, d: days } as const;
/** `60d`, `90m`, `1500ms`. */
export const timeLength = z
  .string()
  .regex(/^\d{1,12}(ms|s|m|h|d)$/, 'expected a length of time such as 60d, 12h, 90m, 30s or 500ms')
  .transform((text): DurationMs => {
    const [, count = '0', unit = 'ms'] = /^(\d+)(\w+)$/.exec(text) ?? [];
    return lengthUnits[unit as keyof typeof lengthUnits](Number(count));
  });
const cursor = z
  .string()
  .min(1)
  .max(apiLimits.cursorCharsMax)
  .refine((text) => readCursor(text) !== null, 'the cursor is not one of ours')
  .describe("a page's `next`, as it was given");
export const limit = z.coerce
  .number()
  .pipe(z.int().min(1).max(apiLimits.pageItemsMax))
  .default(apiLimits.pageItemsDefault);
const from = instant.describe('inclusive');
const to = instant.describe('exclusive');

export const deviceParams = z.strictObject({ thing });
export const clipParams = z.strictObject({ thing, clip: ulid });
export const stillParams = z.strictObject({ thing, clip: ulid, still: ulid });

export const pageQuery = z.strictObject({ cursor: cursor.optional(), limit });

export const clipsQuery = z.strictObject({
  thing: thing.optional(),
  trigger: z.enum(triggerKinds).optional(),
  from: from.optional(),
  to: to.optional(),
  cursor: cursor.optional(),
  limit,
});

const kind = z.enum(eventKinds);
export const eventsQuery = z.strictObject({
  thing: thing.optional(),
  kind: z
    .union([kind, z.array(kind).max(eventKinds.length)])
    .optional()
    .describe('may be given more than once'),
  from: from.optional(),
  to: to.optional(),
  cursor: cursor.optional(),
  limit,
});

/** Either these clips, or all, as far as `thing`, `from` and `to` go. */
export const deletionBody = z.union([
  z.strictObject({ clips: z.array(clipParams).min(1).max(apiLimits.pageItemsMax) }),
  z.strictObject({
    all: z.literal(true),
    thing: thing.optional(),
    from: from.optional(),
    to: to.optional(),
  }),
]);

export const videoQuery = z.strictObject({
  download: z.literal(['', '1', 'true']).optional().describe('offer it to be saved as a file'),
});

/** Without the members that are undefined, which `exactOptionalPropertyTypes` tells from absent ones. */
export function present<Value extends object>(
  value: Value,
): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [Key in keyof Value]: Exclude<Value[Key], undefined>;
  };
}
