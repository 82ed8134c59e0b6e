/** Points in time and lengths of time, as branded numbers made only by the functions here. */

declare const unit: unique symbol;

/** Milliseconds since 1970-01-01T00:00:00Z; a point in time. */
export type EpochMs = number & { readonly [unit]: 'EpochMs' };

/** Milliseconds since this boot, on a clock that never steps; a point in time of one boot only. */
export type UptimeMs = number & { readonly [unit]: 'UptimeMs' };

/** A length of time in milliseconds. */
export type DurationMs = number & { readonly [unit]: 'DurationMs' };

export const epochMs = (ms: number): EpochMs => ms as EpochMs;
export const uptimeMs = (ms: number): UptimeMs => ms as UptimeMs;
export const milliseconds = (ms: number): DurationMs => ms as DurationMs;
export const seconds = (n: number): DurationMs => milliseconds(n * 1000);
export const minutes = (n: number): DurationMs => seconds(n * 60);
export const hours = (n: number): DurationMs => minutes(n * 60);
export const days = (n: number): DurationMs => hours(n * 24);

/** The point `length` after `at` (before it when `length` is negative). */
export const later = <P extends EpochMs | UptimeMs>(at: P, length: DurationMs): P =>
  (at + length) as P;

/** The length from `from` to `to`; negative when `to` comes first. */
export const between = <P extends EpochMs | UptimeMs>(from: P, to: P): DurationMs =>
  milliseconds(to - from);

/** ISO 8601 in UTC with milliseconds, as people and records read it. */
export const isoTime = (at: EpochMs): string => new Date(at).toISOString();
