/**
 * What a sender fills in beside the paper: the shape of it, and what can be seen to be wrong without
 * knowing the law. Times are RFC 3339 with an offset, so that no change of summer time and no leap
 * second leaves one open to two readings.
 */
import { z } from 'zod';
import {
  type ThingName,
  thingNamePattern,
  type Ulid,
  ulidPattern,
} from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import { caseNumberCharsMax } from '../../legal/case-numbers.ts';
import { dataClasses, issuerKinds, processIds } from '../../legal/process-rules.ts';
import { isPlainLine } from '../plain-line.ts';
import { deskLimits } from './legal-desk-limits.ts';

const line = (max: number) =>
  z.string().max(max).refine(isPlainLine, { error: 'expected text without control characters' });
const text = (max: number) => line(max).min(1);
const ulid = z
  .string()
  .regex(ulidPattern, 'expected a ULID')
  .transform((value) => value as Ulid);
const thing = z
  .string()
  .regex(thingNamePattern, 'expected a thing name')
  .transform((value) => value as ThingName);
const instant = z.iso.datetime({
  offset: true,
  error: 'expected an RFC 3339 time with an offset, such as 2026-11-01T01:30:00-05:00',
});

const point = z.tuple([z.number().min(-90).max(90), z.number().min(-180).max(180)]);
const area = z.union([
  text(deskLimits.textCharsMax),
  z.strictObject({
    polygon: z
      .array(point)
      .min(3)
      .max(deskLimits.polygonPointsMax)
      .refine((points) => new Set(points.map(String)).size >= 3, 'expected three places at least'),
  }),
]);

export const subjectSchema = z.discriminatedUnion('by', [
  z.strictObject({ by: z.literal('account'), account: ulid }),
  z.strictObject({ by: z.literal('device'), thing }),
  z.strictObject({ by: z.literal('device-of-account'), thing, account: ulid }),
]);

const form = z.strictObject({
  process: z.enum(processIds),
  servedOn: text(200),
  issuer: z
    .strictObject({
      kind: z.enum(issuerKinds),
      name: line(200),
      title: line(200),
      body: line(200),
      jurisdiction: line(100),
    })
    .nullable(),
  signedAt: instant.nullable(),
  subjects: z.array(subjectSchema).max(deskLimits.subjectsMax),
  from: instant.nullable(),
  to: instant.nullable(),
  /** IANA name, as the paper states its times. */
  timeZone: text(64).nullable(),
  area: area.nullable(),
  indoor: z.array(thing).max(deskLimits.subjectsMax),
  classes: z.array(z.enum(dataClasses)).min(1).max(dataClasses.length),
  /** The date by which the paper wants its answer. */
  returnBy: instant.nullable(),
  returnAddress: text(254),
  caseNumber: line(caseNumberCharsMax).nullable(),
  pagesDeclared: z.int().min(1).max(deskLimits.pagesMax),
  silence: z
    .strictObject({
      by: z.enum(['court-order', 'statute', 'letter']),
      namesProcess: z.boolean(),
      from: instant,
      expiresAt: instant.nullable(),
    })
    .nullable(),
  /** The hold to be renewed. */
  renews: ulid.nullable(),
  /** The demand whose notice a non-disclosure order silences. */
  silences: ulid.nullable(),
  /** The sender's own demand in whose place this one comes. */
  supersedes: ulid.nullable().default(null),
  /** The sender's own emergency that this process follows. */
  follows: ulid.nullable().default(null),
  filters: z.array(text(200)).max(deskLimits.filtersMax),
  emergency: z
    .strictObject({
      danger: line(deskLimits.textCharsMax),
      imminent: z.boolean(),
      nexus: line(deskLimits.textCharsMax),
      arisenAt: instant,
    })
    .nullable(),
});

/** What contradicts itself is asked back at once: no reading of it would be the sender's. */
export const demandFormSchema = form.superRefine((given, context) => {
  const fault = (field: keyof typeof given, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  const { timeZone, from, to, silence } = given;
  if (timeZone !== null && !isZone(timeZone)) fault('timeZone', 'expected an IANA time zone');
  else if (timeZone !== null) {
    for (const [field, time] of [['from', from] as const, ['to', to] as const]) {
      const off = time === null ? null : zoneFault(time, timeZone);
      if (off !== null) fault(field, off);
    }
  }
  if (silence?.expiresAt != null && silence.expiresAt <= silence.from) {
    fault('silence', 'it ends before it begins');
  }
  if (new Set(given.classes).size !== given.classes.length) fault('classes', 'one is named twice');
  if ((given.silences !== null) !== (given.process === 'non-disclosure-order')) {
    fault('silences', 'a non-disclosure order names the demand it silences, and nothing else does');
  }
  if (given.emergency !== null && given.process !== 'emergency') {
    fault('emergency', `${given.process} is no emergency request`);
  }
  if (given.renews !== null && !renewables.includes(given.process)) {
    fault('renews', `${given.process} renews nothing`);
  }
});

export type DemandFormInput = z.input<typeof demandFormSchema>;
export type DemandForm = z.output<typeof demandFormSchema>;

const renewables: readonly string[] = ['preservation-request', 'eu-preservation-order'];

export const timeOf = (instantText: string | null): EpochMs | null =>
  instantText === null ? null : epochMs(Date.parse(instantText));

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== '';
  } catch {
    return false;
  }
}

/** Whether the offset a time is written with is that zone's at that time; `Z` is anybody's. */
function zoneFault(time: string, timeZone: string): string | null {
  const written = /([+-])(\d\d):(\d\d)$/.exec(time);
  if (written === null) return null;
  const [, sign, hoursText, minutesText] = written;
  const minutes = (Number(hoursText) * 60 + Number(minutesText)) * (sign === '-' ? -1 : 1);
  const actual = offsetMinutes(epochMs(Date.parse(time)), timeZone);
  return minutes === actual
    ? null
    : `its offset is not that of ${timeZone} at that time, which is ${offsetText(actual)}`;
}

function offsetMinutes(at: EpochMs, timeZone: string): number {
  const name = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    .formatToParts(at)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign = '+', hoursText = '0', minutesText = '0'] =
    /GMT([+-])(\d\d):(\d\d)/.exec(name ?? '') ?? [];
  return (Number(hoursText) * 60 + Number(minutesText)) * (sign === '-' ? -1 : 1);
}

function offsetText(minutes: number): string {
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(size / 60)}:${two(size % 60)}`;
}
