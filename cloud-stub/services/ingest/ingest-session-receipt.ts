/** When a clip's session owes its device a receipt, and what that says. [WIRE-1, WIRE-2, WIRE-3] */
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { Receipt, ReceiptState } from '../../../device/wire/messages.ts';
import { firstMissing, type IndexRanges } from './index-ranges.ts';
import type { SessionFacts, SessionState, SessionStep } from './ingest-session-state.ts';

/** A receipt as soon as all that was appended is durable. [WIRE-1] */
export function owe(state: SessionState, facts: SessionFacts): SessionStep {
  if (state.syncing !== null) return { state: { ...state, owed: true }, effects: [] };
  if (sameIndices(state.appended, state.durable)) return acknowledge(state, facts);
  return { state: { ...state, owed: true, syncing: state.appended }, effects: [{ kind: 'sync' }] };
}

export const halfWindow = ({ window }: SessionState): number => Math.ceil(Math.max(1, window) / 2);

export const startTimer = (state: SessionState): SessionStep =>
  state.timerRuns
    ? { state, effects: [] }
    : { state: { ...state, timerRuns: true }, effects: [{ kind: 'start-timer' }] };

export const timerFired = (state: SessionState, facts: SessionFacts): SessionStep =>
  state.unacknowledged === 0 && sameIndices(state.appended, state.durable)
    ? { state, effects: [] }
    : owe(state, facts);

type Said = {
  readonly state?: ReceiptState;
  readonly reason?: string;
  readonly refusedStill?: Ulid;
  readonly pause?: boolean;
};

export function acknowledge(
  state: SessionState,
  facts: SessionFacts,
  said: Said = {},
): SessionStep {
  const window = said.pause === true ? 0 : grantedWindow(state, facts);
  const receipt: Receipt = {
    v: 1,
    clip: state.clip,
    state: said.state ?? (state.phase === 'stored' ? 'stored' : 'receiving'),
    next: firstMissing(state.durable),
    have: state.durable.slice(0, limits.rangesPerReceiptMax).map(([from, to]) => [from, to]),
    window,
    ...(state.stills.length > 0 ? { stills: [...state.stills] } : {}),
    ...(said.refusedStill === undefined ? {} : { refusedStills: [said.refusedStill] }),
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

export const indexCount = (ranges: IndexRanges): number =>
  ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);

/** Whether two sets are equal, where one grew from the other. */
export const sameIndices = (a: IndexRanges, b: IndexRanges): boolean =>
  a === b || (a.length === b.length && indexCount(a) === indexCount(b));
