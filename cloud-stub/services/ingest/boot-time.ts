/**
 * When something was that a doorbell recorded in an earlier boot, with a clock that was never set: what else came of
 * that boot tells, or of those around it. Clips and events alike; whose they are follows, as doorbells are sold.
 */
import type { ThingName } from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs, type UptimeMs } from '../../../device/wire/time.ts';
import type { Reading } from '../../ports.ts';
import type { Span } from '../accounts/ownership-history.ts';

export type Undated = {
  readonly thing: ThingName;
  /** Null: of a firmware that does not say. */
  readonly moment: { readonly boot: number; readonly uptimeAtMs: UptimeMs } | null;
  /** By the device's own clock. */
  readonly claimedAt: EpochMs;
  /** The device cannot have been at work for this cloud before. */
  readonly enrolledAt: EpochMs;
  readonly receivedAt: EpochMs;
};

export type Dated = {
  /** As near as can be said. */
  readonly at: EpochMs;
  /** What is certain: it was in here. */
  readonly span: Span;
};

export async function dateByBoots(
  db: Reading,
  { thing, moment, claimedAt, enrolledAt, receivedAt }: Undated,
): Promise<Dated> {
  const within = (from: number, to: number, at: number): EpochMs =>
    epochMs(Math.max(from, Math.min(to, at)));
  if (moment === null) return claimed(claimedAt, { from: enrolledAt, to: receivedAt });
  const { boot, uptimeAtMs } = moment;
  const datedIn = (side: '<' | '=' | '>') =>
    db
      .selectFrom('events')
      .select(['at', 'bootBeganAt'])
      .where('thing', '=', thing)
      .where('boot', side, boot)
      .where('bootBeganAt', 'is not', null)
      .orderBy('boot', side === '<' ? 'desc' : 'asc')
      .orderBy('at', side === '<' ? 'desc' : 'asc')
      .limit(1)
      .executeTakeFirst();

  const bootBeganAt = (await datedIn('='))?.bootBeganAt ?? null;
  if (bootBeganAt !== null) {
    const at = within(enrolledAt, receivedAt, bootBeganAt + uptimeAtMs);
    return { at, span: { from: at, to: at } };
  }
  const before = (await datedIn('<'))?.at ?? enrolledAt;
  const after = (await datedIn('>'))?.bootBeganAt ?? receivedAt;
  const to = within(enrolledAt, receivedAt, after);
  return claimed(claimedAt, { from: within(enrolledAt, to, before), to });
}

const claimed = (at: EpochMs, span: Span): Dated => ({
  at: at >= span.from && at <= span.to ? at : span.to,
  span,
});
