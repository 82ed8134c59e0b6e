/**
 * One clip's way to the cloud (wire.md): what is known, and what is to be sent now. Knows nothing of bytes: it speaks
 * of chunks by index. What changes it stands in upload-step.ts.
 */
import type { Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import type { UptimeMs } from '../wire/time.ts';
import { type IndexRanges, lowestMissing } from './index-set.ts';

export type UploadSession = {
  /** What is durable on flash: how many chunks, and after how many of them fragments end, ascending. */
  readonly chunks: number;
  readonly fragmentEnds: readonly number[];
  /** The final is made; no chunk will be added. */
  readonly closed: boolean;
  /** The bytes are gone: only the opening and the final can be sent. [DEV-3] */
  readonly evicted: boolean;
  readonly stills: readonly Ulid[];

  readonly linkUp: boolean;
  readonly outcome: null | 'stored' | { readonly rejected: string };
  /** Chunks the cloud says it has. */
  readonly acknowledged: IndexRanges;
  readonly stillsAcknowledged: readonly Ulid[];
  /** Sent since the last answer to `init` and not acknowledged; the value counts sends, to tell order. */
  readonly inFlight: ReadonlyMap<number, number>;
  readonly sends: number;
  readonly stillsSent: readonly Ulid[];
  readonly window: number;
  readonly markedChunks: number;
  readonly finalSent: boolean;
  /** `due`: to be sent; `asked`: sent and not answered; `answered`: sending may go on. */
  readonly init: 'due' | 'asked' | 'answered';
  /** How often `init` was repeated without an answer. */
  readonly attempts: number;
  /** When to repeat `init`, having heard nothing; null while nothing is expected. [WIRE-2] */
  readonly repeatAt: UptimeMs | null;
};

export type SessionMessage =
  | { readonly kind: 'init' }
  | { readonly kind: 'chunk'; readonly index: number }
  | { readonly kind: 'mark'; readonly chunks: number }
  | { readonly kind: 'still'; readonly still: Ulid }
  | { readonly kind: 'final' };

export const freshSession: UploadSession = {
  chunks: 0,
  fragmentEnds: [],
  closed: false,
  evicted: false,
  stills: [],
  linkUp: false,
  outcome: null,
  acknowledged: [],
  stillsAcknowledged: [],
  inFlight: new Map(),
  sends: 0,
  stillsSent: [],
  window: limits.windowDefault,
  markedChunks: 0,
  finalSent: false,
  init: 'due',
  attempts: 0,
  repeatAt: null,
};

/** What to send now, the most urgent first; null when there is nothing to do but wait. */
export function nextOf(session: UploadSession): SessionMessage | null {
  if (!session.linkUp || isDone(session) || isRejected(session)) return null;
  if (session.init === 'due') return { kind: 'init' };
  if (session.init === 'asked') return null;
  const still = session.evicted ? undefined : nextStill(session);
  if (still !== undefined) return { kind: 'still', still };
  if (session.outcome === 'stored') return null;
  if (!session.evicted) {
    const mark = markDue(session);
    if (mark !== null) return { kind: 'mark', chunks: mark };
    const index = nextChunk(session);
    if (index !== null)
      return session.inFlight.size < session.window ? { kind: 'chunk', index } : null;
  }
  return session.closed && !session.finalSent ? { kind: 'final' } : null;
}

export const wakeAtOf = (session: UploadSession): UptimeMs | null =>
  session.linkUp && !isDone(session) && !isRejected(session) ? session.repeatAt : null;

/** Everything of this clip is safe with the cloud: it may leave the spool. [DEV-4] */
export function isDone(session: UploadSession): boolean {
  return (
    session.outcome === 'stored' &&
    (session.evicted || session.stills.every((id) => session.stillsAcknowledged.includes(id)))
  );
}

export const isRejected = (session: UploadSession): boolean =>
  session.outcome !== null && session.outcome !== 'stored';

const nextStill = (session: UploadSession): Ulid | undefined =>
  session.stills.find(
    (id) => !session.stillsAcknowledged.includes(id) && !session.stillsSent.includes(id),
  );

/** The lowest chunk that is neither acknowledged nor under way. */
const nextChunk = (session: UploadSession): number | null =>
  lowestMissing(session.chunks, session.acknowledged, new Set(session.inFlight.keys()));

/** The greatest mark whose chunks are all on their way, unless it is out already or the final says it all. */
function markDue(session: UploadSession): number | null {
  const missing = nextChunk(session);
  if (missing === null && session.closed) return null;
  const sentChunks = missing ?? session.chunks;
  const markable = session.fragmentEnds.findLast((end) => end <= sentChunks) ?? 0;
  return markable > session.markedChunks ? markable : null;
}
