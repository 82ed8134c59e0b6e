/** What happens to an upload session: its inputs, and above all what a receipt means. */
import type { Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import type { Receipt } from '../wire/messages.ts';
import { later, type UptimeMs } from '../wire/time.ts';
import { repeatDelay } from './backoff.ts';
import { has, type IndexRanges, normaliseRanges, unite } from './index-set.ts';
import { isDone, type SessionMessage, type UploadSession } from './upload-session.ts';

export type SessionInput =
  | { readonly kind: 'link-up' }
  | { readonly kind: 'link-down' }
  | {
      readonly kind: 'recorded';
      readonly chunks: number;
      readonly fragmentEnds: readonly number[];
    }
  | { readonly kind: 'closed' }
  | { readonly kind: 'evicted' }
  | { readonly kind: 'still-kept' | 'still-refused'; readonly still: Ulid }
  | { readonly kind: 'sent'; readonly message: SessionMessage }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'tick' };

/** Time and chance of a step; `unit` is a random number, 0 inclusive to 1 exclusive. */
export type Moment = { readonly at: UptimeMs; readonly unit: number };

/** How many later chunks the cloud must have before an earlier one counts as lost (as TCP's duplicate ACKs). */
const reorderTolerance = 3;

export function stepSession(
  session: UploadSession,
  input: SessionInput,
  moment: Moment,
): UploadSession {
  switch (input.kind) {
    case 'link-up':
      // [WIRE-5] Whatever was sent before counts for nothing until the cloud says so; what was rejected gets another
      // chance with each connection.
      return askAnew({ ...session, linkUp: true, attempts: 0, outcome: null });
    case 'link-down':
      return { ...askAnew(session), linkUp: false };
    case 'recorded':
      return { ...session, chunks: input.chunks, fragmentEnds: input.fragmentEnds };
    case 'closed':
      return { ...session, closed: true };
    case 'evicted':
      return askAnew({ ...session, closed: true, evicted: true, outcome: null });
    case 'still-kept':
      return session.stills.includes(input.still)
        ? session
        : { ...session, stills: [...session.stills, input.still] };
    case 'still-refused':
      return { ...session, stills: session.stills.filter((id) => id !== input.still) };
    case 'sent':
      return sent(session, input.message, moment);
    case 'receipt':
      return received(session, input.receipt, moment);
    case 'tick':
      return session.repeatAt !== null && moment.at >= session.repeatAt
        ? { ...session, init: 'due', repeatAt: null }
        : session;
  }
}

const askAnew = (session: UploadSession): UploadSession => ({
  ...session,
  init: 'due',
  inFlight: new Map(),
  stillsSent: [],
  markedChunks: 0,
  finalSent: false,
  repeatAt: null,
});

function sent(session: UploadSession, message: SessionMessage, moment: Moment): UploadSession {
  switch (message.kind) {
    case 'init':
      return expecting({ ...session, init: 'asked' }, moment);
    case 'chunk': {
      const inFlight = new Map(session.inFlight).set(message.index, session.sends);
      return expecting({ ...session, inFlight, sends: session.sends + 1 }, moment);
    }
    case 'mark':
      return { ...session, markedChunks: message.chunks };
    case 'still':
      return expecting({ ...session, stillsSent: [...session.stillsSent, message.still] }, moment);
    case 'final':
      return expecting({ ...session, finalSent: true }, moment);
  }
}

/** [WIRE-2] Hearing nothing for 3 s, twice as long each time, makes the device repeat `init`. */
function expecting(session: UploadSession, moment: Moment): UploadSession {
  if (session.repeatAt !== null) return session;
  const { initRetryMs, initRetryMsMax } = limits;
  const delay =
    session.attempts === 0
      ? initRetryMs
      : repeatDelay(initRetryMs, initRetryMsMax, session.attempts, moment.unit);
  return { ...session, repeatAt: later(moment.at, delay), attempts: session.attempts + 1 };
}

function received(session: UploadSession, receipt: Receipt, moment: Moment): UploadSession {
  if (receipt.state === 'rejected') {
    return { ...session, outcome: { rejected: receipt.reason ?? 'no reason given' } };
  }
  // An answer to `init` is the cloud's whole knowledge: what it lacks is sent again. Any other receipt may have been
  // overtaken by a later one, and only adds. [WIRE-5]
  const whole = session.init === 'asked';
  const have = within(normaliseRanges(receipt.have), session.chunks);
  const acknowledged = whole
    ? unite(have, beyondCut(receipt, session.acknowledged))
    : unite(session.acknowledged, have);
  const durableStills = new Set(receipt.stills ?? []);
  // What was refused is not this clip's any more, and nothing waits for it. [WIRE-10]
  const refused = new Set(receipt.refusedStills ?? []);
  const stills = session.stills.filter((id) => !refused.has(id));
  // `stored` counts as the answer to our final only: a salvaged clip is stored too, and may lack its end. [WIRE-7]
  const stored = receipt.state === 'stored' && session.finalSent;
  return waiting(
    {
      ...session,
      init: whole ? 'answered' : session.init,
      acknowledged,
      inFlight: stillInFlight(session, acknowledged, whole),
      stills,
      stillsAcknowledged: stills.filter(
        (id) => durableStills.has(id) || (!whole && session.stillsAcknowledged.includes(id)),
      ),
      stillsSent: whole ? [] : session.stillsSent.filter((id) => !refused.has(id)),
      markedChunks: whole ? 0 : session.markedChunks,
      finalSent: session.finalSent && (!whole || stored || receipt.state === 'received'),
      window: receipt.window,
      attempts: 0,
      repeatAt: null,
      outcome: stored ? 'stored' : session.outcome,
    },
    receipt,
    moment,
  );
}

function waiting(session: UploadSession, receipt: Receipt, moment: Moment): UploadSession {
  if (isDone(session)) return session;
  if (receipt.window === 0) {
    // [WIRE-3] Paused: `init` asks whether sending may go on.
    const repeatAt = later(moment.at, receipt.retryMs ?? limits.initRetryMs);
    return { ...session, repeatAt };
  }
  const awaited =
    session.inFlight.size > 0 ||
    session.finalSent ||
    session.stillsSent.some((id) => !session.stillsAcknowledged.includes(id));
  return awaited ? expecting(session, moment) : session;
}

/** Which chunks are still on their way, and not lost. */
function stillInFlight(
  session: UploadSession,
  acknowledged: IndexRanges,
  whole: boolean,
): ReadonlyMap<number, number> {
  const before = [...session.inFlight];
  const newest = Math.max(-1, ...before.filter(([i]) => has(acknowledged, i)).map(([, n]) => n));
  const lostBefore = newest - reorderTolerance;
  return new Map(
    before.filter(([index, send]) => !has(acknowledged, index) && !whole && send > lostBefore),
  );
}

/** A receipt cut at its greatest number of ranges says nothing about what lies beyond. */
function beyondCut(receipt: Receipt, known: IndexRanges): IndexRanges {
  if (receipt.have.length < limits.rangesPerReceiptMax) return [];
  const last = Math.max(...receipt.have.map(([, to]) => to));
  return known.filter(([, to]) => to > last).map(([from, to]) => [Math.max(from, last + 1), to]);
}

const within = (ranges: IndexRanges, end: number): IndexRanges =>
  ranges.filter(([from]) => from < end).map(([from, to]) => [from, Math.min(to, end - 1)] as const);
