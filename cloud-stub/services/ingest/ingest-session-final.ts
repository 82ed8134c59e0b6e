/** What a clip's final manifest leads to: its commit, its rejection, or a receipt that says what is missing. */
import type { Final } from '../../../device/wire/messages.ts';
import { firstMissing } from './index-ranges.ts';
import { acknowledge, owe, sameIndices } from './ingest-session-receipt.ts';
import {
  type GoodMark,
  type SessionFacts,
  type SessionState,
  type SessionStep,
  withEffects,
} from './ingest-session-state.ts';

export function takeFinal(state: SessionState, final: Final, facts: SessionFacts): SessionStep {
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

export function tryCommit(state: SessionState, facts: SessionFacts): SessionStep {
  const { final } = state;
  if (final === null) return { state, effects: [] };
  if (firstMissing(state.appended) >= final.chunks) {
    // Compared only once all is in the vault for good; a chunk that comes with this very step is not there yet.
    if (firstMissing(state.durable) < final.chunks) return owe(state, facts);
    const misfit = misfitOf(final, facts);
    if (misfit === null) {
      return commit(state, final, { chunks: final.chunks, root: final.root, sig: null });
    }
    if (!gaveUp(final)) {
      return withEffects(
        acknowledge({ ...state, final: null }, facts, { state: 'rejected', reason: misfit }),
        { kind: 'reject', final, because: misfit },
      );
    }
  } else if (!gaveUp(final)) {
    return owe(state, facts); // its receipt says what is missing
  }
  // What a device gave up and did not send whole is kept as far as a mark vouches for it.
  if (!sameIndices(state.appended, state.durable)) return owe(state, facts);
  return commit(state, final, state.mark ?? { chunks: 0, root: facts.rootOf(0), sig: null });
}

function misfitOf(final: Final, facts: SessionFacts): string | null {
  if (facts.sizeOf(final.chunks) !== final.size) return 'size differs from the chunks';
  return facts.rootOf(final.chunks) === final.root ? null : 'root differs from the chunks';
}

const commit = (state: SessionState, final: Final, kept: GoodMark): SessionStep => ({
  state: { ...state, phase: 'committing', owed: false },
  effects: [{ kind: 'commit', final, kept }],
});
