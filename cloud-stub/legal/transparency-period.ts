/** The periods that are reported on: calendar years, half-years and months, UTC. [LOG-3] */
import { epochMs } from '../../device/wire/time.ts';
import type { Period } from './transparency-fold.ts';

export const periodPattern = /^(\d{4})(?:-H([12])|-(0[1-9]|1[0-2]))?$/;

/** Of `2026`, `2026-H1` or `2026-03`; null: it is none of these. */
export function readPeriod(text: string): Period | null {
  const [, year, half, month] = periodPattern.exec(text) ?? [];
  if (year === undefined) return null;
  const first = half !== undefined ? (Number(half) - 1) * 6 : Number(month ?? 1) - 1;
  const months = half !== undefined ? 6 : month !== undefined ? 1 : 12;
  return {
    from: epochMs(Date.UTC(Number(year), first)),
    to: epochMs(Date.UTC(Number(year), first + months)),
  };
}
