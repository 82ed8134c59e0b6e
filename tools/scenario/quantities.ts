/** Lengths and points of time as scenarios write them: `3d 4h`, `start + 59d`, `2026-03-02T08:00:00Z`. */
import { z } from 'zod';
import {
  type DurationMs,
  type EpochMs,
  epochMs,
  later,
  milliseconds,
} from '../../device/wire/time.ts';

const unitsMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof unitsMs;

const amount = String.raw`\d{1,6}(?:ms|s|m|h|d)`;
const length = `${amount}(?: ${amount})*`;
const instant = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?Z`;

/** As written: `3d`, `90m`, `1h 30m`. */
export const durationSchema = z
  .string()
  .regex(new RegExp(`^${length}$`), {
    error: 'expected a length of time such as 3d, 90m or 1h 30m (units: ms s m h d)',
  })
  .transform(durationOf);

export type TimePoint = { readonly from: 'start' | 'now' | EpochMs; readonly offsetMs: DurationMs };

const pointPattern = new RegExp(`^(?:(${instant})|(start|now)(?: ([+-]) (${length}))?)$`);

/** `start` is when the scenario begins, `now` when the step runs; an instant is in UTC. */
export const timePointSchema = z
  .string()
  .regex(pointPattern, {
    error: 'expected a time such as start + 59d, now - 2h, start, now or 2026-03-02T08:00:00Z',
  })
  .transform((text, context): TimePoint => {
    const [, at, from, sign, offset] = pointPattern.exec(text) ?? [];
    if (at !== undefined) {
      const ms = Date.parse(at);
      if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: 'there is no such time' });
      return { from: epochMs(ms), offsetMs: milliseconds(0) };
    }
    const offsetMs = offset === undefined ? 0 : durationOf(offset);
    return {
      from: from === 'start' ? 'start' : 'now',
      offsetMs: milliseconds(sign === '-' ? -offsetMs : offsetMs),
    };
  });

export const instantSchema = z
  .string()
  .regex(new RegExp(`^${instant}$`), {
    error: 'expected a time in UTC such as 2026-03-02T08:00:00Z',
  })
  .transform((text, context): EpochMs => {
    const ms = Date.parse(text);
    if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: 'there is no such time' });
    return epochMs(ms);
  });

export function pointAt(point: TimePoint, start: EpochMs, now: EpochMs): EpochMs {
  const from = point.from === 'start' ? start : point.from === 'now' ? now : point.from;
  return later(from, point.offsetMs);
}

/** As a reader says it, the largest unit first. */
export function durationText(length: number): string {
  const parts: string[] = [];
  let leftMs = Math.abs(Math.round(length));
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(leftMs / unitsMs[unit]);
    if (count > 0) parts.push(`${count}${unit}`);
    leftMs -= count * unitsMs[unit];
  }
  return `${length < 0 ? '-' : ''}${parts.join(' ') || '0s'}`;
}

export const instantText = (at: EpochMs): string =>
  new Date(at).toISOString().replace('.000Z', 'Z');

function durationOf(text: string): DurationMs {
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/(\d+)(ms|s|m|h|d)/g)) {
    ms += Number(digits) * unitsMs[unit as Unit];
  }
  return milliseconds(ms);
}
