/** One clip on its way in: what its session knows, hears and asks for. Decided upon in ingest-session.ts. */
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { Final, Mark, Receipt } from '../../../device/wire/messages.ts';
import type { DurationMs } from '../../../device/wire/time.ts';
import type { IndexRanges } from './index-ranges.ts';

export type GoodMark = {
  readonly chunks: number;
  readonly root: string;
  /** The device's signature of exactly this; null: there is none, or a final says it. */
  readonly sig: string | null;
};

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
  | { readonly kind: 'still-refused'; readonly still: Ulid; readonly because: string }
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

/** A step and more effects after its own. */
export const withEffects = (
  step: SessionStep,
  ...effects: readonly SessionEffect[]
): SessionStep => ({
  state: step.state,
  effects: [...step.effects, ...effects],
});

/** A step, and what follows from where it led. */
export function followedBy(
  step: SessionStep,
  next: (state: SessionState) => SessionStep,
): SessionStep {
  const after = next(step.state);
  return { state: after.state, effects: [...step.effects, ...after.effects] };
}
