/**
 * What the cloud took and what it refused, counted; refusals are logged with their reason, at a limited rate.
 * [WIRE-9]
 */
import type { Logger } from 'pino';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { Clock } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';

const refusalReasons = [
  'unknown-topic',
  'unknown-device',
  'foreign',
  'malformed',
  'bad-signature',
  'no-opening',
  'another-opening',
  'another-final',
  'after-final',
  'beyond-final',
  'bad-size',
  'bad-crc',
  'conflict',
  'mark-root-differs',
  'does-not-fit',
  'bad-still',
  'too-many-stills',
  'bad-frame',
  'bad-reply',
  'event-conflict',
  'queue-full',
  'handler-failed',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Plain numbers, read by the metrics. */
export type IngestCounters = {
  messages: number;
  bytes: number;
  chunks: number;
  receipts: number;
  receiptsDropped: number;
  clipsOpened: number;
  clipsStored: number;
  clipsSalvaged: number;
  clipsGivenUp: number;
  clipsLate: number;
  stills: number;
  events: number;
  pauses: number;
  /** Now, not since the start. */
  queuedBytes: number;
  sessions: number;
  readonly refused: Record<RefusalReason, number>;
};

export const makeIngestCounters = (): IngestCounters => ({
  messages: 0,
  bytes: 0,
  chunks: 0,
  receipts: 0,
  receiptsDropped: 0,
  clipsOpened: 0,
  clipsStored: 0,
  clipsSalvaged: 0,
  clipsGivenUp: 0,
  clipsLate: 0,
  stills: 0,
  events: 0,
  pauses: 0,
  queuedBytes: 0,
  sessions: 0,
  refused: Object.fromEntries(refusalReasons.map((reason) => [reason, 0])) as Record<
    RefusalReason,
    number
  >,
});

export type Refuse = (
  reason: RefusalReason,
  facts: {
    readonly thing?: ThingName | null;
    readonly topic?: string;
    readonly because?: string;
    readonly err?: unknown;
  },
) => void;

export function makeRefuse(log: Logger, clock: Clock, counters: IngestCounters): Refuse {
  const periods = new Map<RefusalReason, { began: number; logged: number }>();
  return (reason, facts) => {
    counters.refused[reason] += 1;
    const now = clock.monotonic();
    let period = periods.get(reason);
    if (period === undefined || now - period.began >= serviceLimits.refusalLogMs) {
      period = { began: now, logged: 0 };
      periods.set(reason, period);
    }
    if (period.logged >= serviceLimits.refusalsLoggedMax) return;
    period.logged += 1;
    const level = reason === 'handler-failed' ? 'error' : 'warn';
    // A hostile topic is cut: it is as long as its sender likes.
    log[level]({ reason, ...facts, topic: facts.topic?.slice(0, 128) }, 'a message was refused');
  };
}
