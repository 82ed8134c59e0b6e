/**
 * One clip on its way in, as a state machine: what may be acknowledged when, what a mark, a final or a repetition
 * means. It decides; ingest-clips.ts carries out. Pure: signatures are checked and bytes hashed before they come here.
 */
import type { Ulid } from '../../device/wire/ids.ts';
import { limits } from '../../device/wire/limits.ts';
import type { Final, Mark, Receipt, ReceiptState } from '../../device/wire/messages.ts';
import type { DurationMs } from '../../device/wire/time.ts';
import { firstMissing, hasIndex, type IndexRanges, indexEnd, withIndex } from './index-ranges.ts';

export type GoodMark = { readonly chunks: number; readonly root: string };

export type SessionState = {
  readonly clip: Ulid;
  readonly phase: 'receiving' | 'committing' | 'stored';
  /** Handed to the vault. */
  readonly appended: IndexRanges;
  /** Durable, and so may be acknowledged. [WIRE-1] */
  readonly durable: IndexRanges;
  /** What will be durable when the sync that runs now ends; null: none runs. */
  readonly syncing: IndexRanges | null;
  /** Chunks since the last receipt, repeated ones included. */
  readonly unacknowledged: number;
  /** A receipt follows as soon as what was appended is durable. */
  readonly owed: boolean;
  readonly timerRuns: boolean;
  readonly window: number;
  /** The furthest good mark whose chunks are durable: what a salvage keeps. [WIRE-7] */
  readonly mark: GoodMark | null;
  /** The furthest mark that came before its chunks did, or before they were durable. */
  readonly markAhead: GoodMark | null;
  readonly final: Final | null;
  readonly stills: readonly Ulid[];
};

/** What the vault knows of the chunks appended so far, and how much the cloud can take. */
export type SessionFacts = {
  /** Root over the first `count` chunks; all of them are there. */
  rootOf(count: number): string;
  sizeOf(count: number): number;
  /** The greatest window to grant now; 0 when the cloud is overloaded. [WIRE-3] */
  readonly windowMax: number;
  readonly retryMs: DurationMs;
};

export type SessionInput =
  | { readonly kind: 'opened' }
  /** `stored`: whether the vault has this index, with the same bytes or others. */
  | {
      readonly kind: 'chunk';
      readonly index: number;
      readonly stored: 'absent' | 'same' | 'other';
    }
  | { readonly kind: 'mark'; readonly mark: Mark }
  | { readonly kind: 'final'; readonly final: Final }
  | { readonly kind: 'still-durable'; readonly still: Ulid }
  | { readonly kind: 'synced' }
  | { readonly kind: 'timer' }
  | { readonly kind: 'committed' }
  | { readonly kind: 'commit-failed' };

export type SessionEffect =
  | { readonly kind: 'append' }
  | { readonly kind: 'sync' }
  | { readonly kind: 'start-timer' }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'save-mark'; readonly mark: GoodMark }
  /** `kept`: how much of the clip is stored; less than the final declares when the device gave the clip up. */
  | { readonly kind: 'commit'; readonly final: Final; readonly kept: GoodMark }
  | { readonly kind: 'conflict'; readonly index: number }
  /** A well signed final that does not fit the chunks. */
  | { readonly kind: 'reject'; readonly final: Final; readonly because: string }
  /** Changes nothing, is counted. [WIRE-9] */
  | { readonly kind: 'refuse'; readonly because: SessionRefusal };

export type SessionRefusal = 'beyond-final' | 'mark-root-differs' | 'another-final';

export type SessionStep = {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
};

export function openSession(
  clip: Ulid,
  durable: IndexRanges,
  mark: GoodMark | null,
  stills: readonly Ulid[],
): SessionState {
  return {
    clip,
    phase: 'receiving',
    appended: durable,
    durable,
    syncing: null,
    unacknowledged: 0,
    owed: false,
    timerRuns: false,
    window: limits.windowDefault,
    mark,
    markAhead: null,
    final: null,
    stills,
  };
}

export function stepSession(
  state: SessionState,
  input: SessionInput,
  facts: SessionFacts,
): SessionStep {
  switch (input.kind) {
    case 'opened':
      return acknowledge(state, facts);
    case 'chunk':
      return takeChunk(state, input.index, input.stored, facts);
    case 'mark':
      return takeMark(state, input.mark, facts);
    case 'final':
      return takeFinal(state, input.final, facts);
    case 'still-durable':
      return acknowledge({ ...state, stills: [...state.stills, input.still] }, facts);
    case 'synced':
      return synced(state, facts);
    case 'timer':
      return timerFired({ ...state, timerRuns: false }, facts);
    case 'committed':
      return acknowledge({ ...state, phase: 'stored' }, facts);
    case 'commit-failed':
      return acknowledge({ ...state, phase: 'receiving' }, facts, {
        state: 'received',
        pause: true,
      });
  }
}

function takeChunk(
  state: SessionState,
  index: number,
  stored: 'absent' | 'same' | 'other',
  facts: SessionFacts,
): SessionStep {
  if (state.final !== null && index >= state.final.chunks) {
    return { state, effects: [{ kind: 'refuse', because: 'beyond-final' }] };
  }
  if (stored === 'other') {
    // [WIRE-6] This chunk is refused, the clip survives.
    return and(
      acknowledge(state, facts, { reason: `conflict: chunk ${index} is stored with other bytes` }),
      { kind: 'conflict', index },
    );
  }
  const opensGap = index > indexEnd(state.appended);
  const counted: SessionState = {
    ...state,
    appended: withIndex(state.appended, index),
    unacknowledged: state.unacknowledged + 1,
  };
  const appended: SessionStep = {
    // Known to the vault but not yet told: an earlier sync made it durable, or the next one will.
    state: counted,
    effects: stored === 'absent' ? [{ kind: 'append' }] : [],
  };
  const marked = then(appended, (next) => reconsiderMark(next, facts));
  if (state.final !== null && state.phase === 'receiving') {
    return then(marked, (next) => tryCommit(next, facts));
  }
  // [WIRE-2] On a gap, after every half window, or when the timer says so.
  return opensGap || counted.unacknowledged >= halfWindow(counted)
    ? then(marked, (next) => owe(next, facts))
    : then(marked, startTimer);
}

function takeMark(state: SessionState, mark: Mark, facts: SessionFacts): SessionStep {
  const { chunks, root } = mark;
  if (chunks <= (state.mark?.chunks ?? 0)) return { state, effects: [] };
  if (chunks < (state.markAhead?.chunks ?? 0)) return { state, effects: [] };
  return reconsiderMark({ ...state, markAhead: { chunks, root } }, facts);
}

/** A mark counts once its chunks are there with its root and are durable. */
function reconsiderMark(state: SessionState, facts: SessionFacts): SessionStep {
  const ahead = state.markAhead;
  if (ahead === null || firstMissing(state.appended) < ahead.chunks) return { state, effects: [] };
  if (firstMissing(state.durable) < ahead.chunks) return { state, effects: [] };
  if (facts.rootOf(ahead.chunks) !== ahead.root) {
    return {
      state: { ...state, markAhead: null },
      effects: [{ kind: 'refuse', because: 'mark-root-differs' }],
    };
  }
  return {
    state: { ...state, mark: ahead, markAhead: null },
    effects: [{ kind: 'save-mark', mark: ahead }],
  };
}

function takeFinal(state: SessionState, final: Final, facts: SessionFacts): SessionStep {
  if (state.phase !== 'receiving') return acknowledge(state, facts);
  const before = state.final;
  if (before !== null && before.sig !== final.sig && !supersedes(final, before)) {
    return { state, effects: [{ kind: 'refuse', because: 'another-final' }] };
  }
  return tryCommit({ ...state, final }, facts);
}

/** The same final signed anew (signatures are random), or the eviction of a clip whose final was made already. */
const supersedes = (final: Final, before: Final): boolean =>
  (final.disposition === 'evicted' && final.replaces !== undefined) ||
  (final.root === before.root &&
    final.chunks === before.chunks &&
    final.size === before.size &&
    final.disposition === before.disposition &&
    final.prev === before.prev);

const gaveUp = (final: Final): boolean =>
  final.disposition === 'evicted' || final.disposition === 'aborted';

function tryCommit(state: SessionState, facts: SessionFacts): SessionStep {
  const { final } = state;
  if (final === null) return { state, effects: [] };
  if (firstMissing(state.appended) >= final.chunks) {
    // Compared only once all is in the vault for good; a chunk that comes with this very step is not there yet.
    if (firstMissing(state.durable) < final.chunks) return owe(state, facts);
    const misfit = misfitOf(final, facts);
    if (misfit === null) return commit(state, final, { chunks: final.chunks, root: final.root });
    if (!gaveUp(final)) {
      return and(
        acknowledge({ ...state, final: null }, facts, { state: 'rejected', reason: misfit }),
        { kind: 'reject', final, because: misfit },
      );
    }
  } else if (!gaveUp(final)) {
    return owe(state, facts); // its receipt says what is missing
  }
  // What a device gave up and did not send whole is kept as far as a mark vouches for it.
  if (!sameIndices(state.appended, state.durable)) return owe(state, facts);
  return commit(state, final, state.mark ?? { chunks: 0, root: facts.rootOf(0) });
}

function misfitOf(final: Final, facts: SessionFacts): string | null {
  if (facts.sizeOf(final.chunks) !== final.size) return 'size differs from the chunks';
  return facts.rootOf(final.chunks) === final.root ? null : 'root differs from the chunks';
}

const commit = (state: SessionState, final: Final, kept: GoodMark): SessionStep => ({
  state: { ...state, phase: 'committing', owed: false },
  effects: [{ kind: 'commit', final, kept }],
});

/** A receipt as soon as all that was appended is durable. [WIRE-1] */
function owe(state: SessionState, facts: SessionFacts): SessionStep {
  if (state.syncing !== null) return { state: { ...state, owed: true }, effects: [] };
  if (sameIndices(state.appended, state.durable)) return acknowledge(state, facts);
  return { state: { ...state, owed: true, syncing: state.appended }, effects: [{ kind: 'sync' }] };
}

function synced(state: SessionState, facts: SessionFacts): SessionStep {
  const durable = state.syncing ?? state.durable;
  const now: SessionState = { ...state, durable, syncing: null };
  const marked = reconsiderMark(now, facts);
  if (now.phase !== 'receiving') return marked;
  const told = now.owed ? then(marked, (next) => acknowledge(next, facts)) : marked;
  if (now.final !== null) return then(told, (next) => tryCommit(next, facts));
  // What came while this sync ran is owed a receipt as well: at once, or when the timer says so.
  const waiting = indexCount(now.appended) - indexCount(durable);
  if (waiting === 0) return told;
  return waiting >= halfWindow(now)
    ? then(told, (next) => owe(next, facts))
    : then(told, startTimer);
}

const halfWindow = ({ window }: SessionState): number => Math.ceil(Math.max(1, window) / 2);

const startTimer = (state: SessionState): SessionStep =>
  state.timerRuns
    ? { state, effects: [] }
    : { state: { ...state, timerRuns: true }, effects: [{ kind: 'start-timer' }] };

const timerFired = (state: SessionState, facts: SessionFacts): SessionStep =>
  state.unacknowledged === 0 && sameIndices(state.appended, state.durable)
    ? { state, effects: [] }
    : owe(state, facts);

type Said = {
  readonly state?: ReceiptState;
  readonly reason?: string;
  readonly pause?: boolean;
};

function acknowledge(state: SessionState, facts: SessionFacts, said: Said = {}): SessionStep {
  const window = said.pause === true ? 0 : grantedWindow(state, facts);
  const receipt: Receipt = {
    v: 1,
    clip: state.clip,
    state: said.state ?? (state.phase === 'stored' ? 'stored' : 'receiving'),
    next: firstMissing(state.durable),
    have: state.durable.slice(0, limits.rangesPerReceiptMax).map(([from, to]) => [from, to]),
    window,
    ...(state.stills.length > 0 ? { stills: [...state.stills] } : {}),
    ...(window === 0 ? { retryMs: facts.retryMs } : {}),
    ...(said.reason === undefined ? {} : { reason: said.reason }),
  };
  return {
    state: { ...state, unacknowledged: 0, owed: false, window: Math.max(1, window) },
    effects: [{ kind: 'receipt', receipt }],
  };
}

/** [WIRE-3] Credit doubles while the device uses it and the cloud keeps up. */
function grantedWindow(state: SessionState, { windowMax }: SessionFacts): number {
  const used = state.unacknowledged * 2 >= state.window;
  return Math.min(
    used ? state.window * 2 : Math.max(state.window, limits.windowDefault),
    windowMax,
  );
}

const indexCount = (ranges: IndexRanges): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

/** Whether two sets are equal, where one grew from the other. */
const sameIndices = (a: IndexRanges, b: IndexRanges): boolean =>
  a === b || (a.length === b.length && indexCount(a) === indexCount(b));

/** Whether the index counts as there already, durable or not. */
export const sessionHas = (state: SessionState, index: number): boolean =>
  hasIndex(state.appended, index);

const and = (step: SessionStep, ...effects: readonly SessionEffect[]): SessionStep => ({
  state: step.state,
  effects: [...step.effects, ...effects],
});

function then(step: SessionStep, next: (state: SessionState) => SessionStep): SessionStep {
  const after = next(step.state);
  return { state: after.state, effects: [...step.effects, ...after.effects] };
}
