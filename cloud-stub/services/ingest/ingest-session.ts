/**
 * One clip on its way in, as a state machine: what may be acknowledged when, what a mark, a final or a repetition
 * means. It decides; ingest-clips.ts carries out. Pure: signatures are checked and bytes hashed before they come here.
 */
import type { Mark } from '../../../device/wire/messages.ts';
import { firstMissing, indexEnd, withIndex } from './index-ranges.ts';
import { takeFinal, tryCommit } from './ingest-session-final.ts';
import {
  acknowledge,
  halfWindow,
  indexCount,
  owe,
  startTimer,
  timerFired,
} from './ingest-session-receipt.ts';
import {
  followedBy,
  type SessionFacts,
  type SessionInput,
  type SessionState,
  type SessionStep,
  withEffects,
} from './ingest-session-state.ts';

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
      // One that is sent again is still one: a receipt that named it nine times would be none. [WIRE-9]
      return acknowledge({ ...state, stills: [...new Set([...state.stills, input.still])] }, facts);
    case 'still-refused':
      return acknowledge(state, facts, { reason: input.because, refusedStill: input.still });
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
    return withEffects(
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
  const marked = followedBy(appended, (next) => reconsiderMark(next, facts));
  if (state.final !== null && state.phase === 'receiving') {
    return followedBy(marked, (next) => tryCommit(next, facts));
  }
  // [WIRE-2] On a gap, after every half window, or when the timer says so.
  return opensGap || counted.unacknowledged >= halfWindow(counted)
    ? followedBy(marked, (next) => owe(next, facts))
    : followedBy(marked, startTimer);
}

function takeMark(state: SessionState, mark: Mark, facts: SessionFacts): SessionStep {
  const { chunks, root, sig } = mark;
  if (chunks <= (state.mark?.chunks ?? 0)) return { state, effects: [] };
  if (chunks < (state.markAhead?.chunks ?? 0)) return { state, effects: [] };
  return reconsiderMark({ ...state, markAhead: { chunks, root, sig } }, facts);
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

function synced(state: SessionState, facts: SessionFacts): SessionStep {
  const durable = state.syncing ?? state.durable;
  const now: SessionState = { ...state, durable, syncing: null };
  const marked = reconsiderMark(now, facts);
  if (now.phase !== 'receiving') return marked;
  const told = now.owed ? followedBy(marked, (next) => acknowledge(next, facts)) : marked;
  if (now.final !== null) return followedBy(told, (next) => tryCommit(next, facts));
  // What came while this sync ran is owed a receipt as well: at once, or when the timer says so.
  const waiting = indexCount(now.appended) - indexCount(durable);
  if (waiting === 0) return told;
  return waiting >= halfWindow(now)
    ? followedBy(told, (next) => owe(next, facts))
    : followedBy(told, startTimer);
}
