import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstMissing, noIndices } from '../../../../cloud-stub/services/ingest/index-ranges.ts';
import { stepSession } from '../../../../cloud-stub/services/ingest/ingest-session.ts';
import {
  openSession,
  type SessionEffect,
  type SessionFacts,
  type SessionInput,
  type SessionState,
} from '../../../../cloud-stub/services/ingest/ingest-session-state.ts';
import { limits } from '../../../../device/wire/limits.ts';
import type { Final, Mark, Receipt } from '../../../../device/wire/messages.ts';
import { epochMs, milliseconds } from '../../../../device/wire/time.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';

const clip = ulidNumbered(1);
const sizeOf = (count: number): number => count * 10;
const rootOf = (count: number): string => `${count}`.padStart(64, '0');
const facts = (windowMax: number = limits.windowDefault): SessionFacts => ({
  rootOf,
  sizeOf,
  windowMax,
  retryMs: milliseconds(5000),
});
const finalOf = (chunks: number, change: Partial<Final> = {}): Final => ({
  v: 1,
  clip,
  seq: 0,
  disposition: 'complete',
  chunks,
  size: sizeOf(chunks),
  root: rootOf(chunks),
  endedAt: epochMs(0),
  triggers: [],
  truncated: false,
  prev: null,
  sig: 'A'.repeat(96),
  ...change,
});
const markOf = (chunks: number): Mark => ({
  v: 1,
  clip,
  chunks,
  root: rootOf(chunks),
  sig: 'A'.repeat(96),
});

/** Runs inputs; a sync ends when the run says `synced`. */
function run(inputs: readonly SessionInput[], windowMax?: number) {
  let state: SessionState = openSession(clip, noIndices, null, []);
  const effects: SessionEffect[] = [];
  for (const input of inputs) {
    const step = stepSession(state, input, facts(windowMax));
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects, kinds: effects.map(({ kind }) => kind) };
}

const chunk = (index: number): SessionInput => ({ kind: 'chunk', index, stored: 'absent' });
const synced: SessionInput = { kind: 'synced' };
const receiptsIn = (effects: readonly SessionEffect[]): readonly Receipt[] =>
  effects.flatMap((effect) => (effect.kind === 'receipt' ? [effect.receipt] : []));

test('many chunks share one sync, and those that come while it runs the next', () => {
  const { kinds } = run([0, 1, 2, 3].map(chunk));
  expect(kinds).toEqual(['append', 'start-timer', 'append', 'append', 'append', 'sync']);
  const more = run([...[0, 1, 2, 3, 4, 5, 6, 7].map(chunk), synced]);
  expect(more.kinds.filter((kind) => kind === 'sync')).toHaveLength(2);
  expect(receiptsIn(more.effects).at(-1)).toMatchObject({ next: 4 });
});

test('what came while a sync ran and fills no half window is told by the timer', () => {
  const { state, effects } = run([
    ...[0, 1, 2, 3].map(chunk),
    { kind: 'timer' },
    chunk(4),
    synced,
    { kind: 'timer' },
    synced,
  ]);
  expect(state.durable).toEqual([[0, 4]]);
  expect(receiptsIn(effects).at(-1)).toMatchObject({ next: 5 });
});

test('a mark counts once its chunks are durable, whichever comes first [WIRE-7]', () => {
  const early = run([{ kind: 'mark', mark: markOf(2) }, chunk(0), chunk(1), { kind: 'timer' }]);
  expect(early.kinds).not.toContain('save-mark');
  const settled = run([
    { kind: 'mark', mark: markOf(2) },
    chunk(0),
    chunk(1),
    { kind: 'timer' },
    synced,
  ]);
  expect(settled.effects).toContainEqual({
    kind: 'save-mark',
    mark: { chunks: 2, root: rootOf(2), sig: 'A'.repeat(96) },
  });
  expect(settled.state.mark).toMatchObject({ chunks: 2, root: rootOf(2) });
});

test('credit doubles while it is used, up to what the cloud grants [WIRE-3]', () => {
  const inputs: SessionInput[] = [];
  for (let index = 0; index < 200; index++) inputs.push(chunk(index), synced);
  const windows = receiptsIn(run(inputs, 64).effects).map(({ window }) => window);
  expect(windows.slice(0, 4)).toEqual([16, 32, 64, 64]);
  expect(new Set(receiptsIn(run(inputs).effects).map(({ window }) => window))).toEqual(
    new Set([8]),
  );
});

test('an overloaded cloud gives no credit and says when to come back [WIRE-3]', () => {
  const { effects } = run([{ kind: 'opened' }], 0);
  expect(receiptsIn(effects)).toMatchObject([{ window: 0, retryMs: 5000 }]);
});

test('when a commit fails the clip was received, and its final can be sent again', () => {
  const once = run([chunk(0), { kind: 'final', final: finalOf(1) }, synced]);
  expect(once.kinds.at(-1)).toBe('commit');
  const failed = stepSession(once.state, { kind: 'commit-failed' }, facts());
  expect(receiptsIn(failed.effects)).toMatchObject([{ state: 'received', window: 0 }]);
  const again = stepSession(failed.state, { kind: 'final', final: finalOf(1) }, facts());
  expect(again.effects.map(({ kind }) => kind)).toEqual(['commit']);
});

test('the state given is never changed', () => {
  const state = openSession(clip, [[0, 3]], null, []);
  const before = structuredClone(state);
  stepSession(state, chunk(4), facts());
  stepSession(state, { kind: 'final', final: finalOf(4) }, facts());
  expect(state).toEqual(before);
});

/** Whatever a device sends and whenever the disk answers. */
const anyInput: fc.Arbitrary<SessionInput> = fc.oneof(
  { weight: 6, arbitrary: fc.nat({ max: 12 }).map(chunk) },
  { weight: 3, arbitrary: fc.constant(synced) },
  fc.constant<SessionInput>({ kind: 'timer' }),
  fc.constant<SessionInput>({ kind: 'opened' }),
  fc.nat({ max: 12 }).map((count): SessionInput => ({ kind: 'mark', mark: markOf(count) })),
  fc.nat({ max: 12 }).map((count): SessionInput => ({ kind: 'final', final: finalOf(count) })),
);

test('no receipt ever names what is not durable, no commit what is missing, and syncs never overlap [WIRE-1]', () => {
  fc.assert(
    fc.property(fc.array(anyInput, { maxLength: 80 }), (inputs) => {
      let state = openSession(clip, noIndices, null, []);
      const appended = new Set<number>();
      let syncing: Set<number> | null = null;
      let durable = new Set<number>();
      for (const wanted of inputs) {
        if (wanted.kind === 'synced' && syncing === null) continue;
        if (wanted.kind === 'timer' && !state.timerRuns) continue;
        const input: SessionInput =
          wanted.kind === 'chunk' && appended.has(wanted.index)
            ? { ...wanted, stored: 'same' }
            : wanted;
        if (input.kind === 'synced') {
          durable = syncing ?? durable;
          syncing = null;
        }
        const step = stepSession(state, input, facts());
        state = step.state;
        for (const effect of step.effects) {
          if (effect.kind === 'append' && input.kind === 'chunk') appended.add(input.index);
          if (effect.kind === 'sync') {
            expect(syncing).toBeNull();
            syncing = new Set(appended);
          }
          if (effect.kind === 'receipt') {
            for (let index = 0; index < effect.receipt.next; index++) {
              expect(durable.has(index)).toBe(true);
            }
            for (const [from, to] of effect.receipt.have) {
              for (let index = from; index <= to; index++) expect(durable.has(index)).toBe(true);
            }
          }
          if (effect.kind === 'save-mark' || effect.kind === 'commit') {
            const count = effect.kind === 'commit' ? effect.kept.chunks : effect.mark.chunks;
            for (let index = 0; index < count; index++) expect(durable.has(index)).toBe(true);
          }
        }
        // Nothing is forgotten: what is appended and not durable has a sync or a timer to come.
        if (appended.size > durable.size && state.phase === 'receiving') {
          expect(syncing !== null || state.timerRuns).toBe(true);
        }
        expect(firstMissing(state.durable)).toBeLessThanOrEqual(firstMissing(state.appended));
      }
    }),
    { numRuns: 500 },
  );
});

test('what a device gave up is committed only once all that came of it is durable [WIRE-1]', () => {
  const evicted = finalOf(3, { disposition: 'evicted', replaces: 'ab'.repeat(32) });
  const chunk = (index: number): SessionInput => ({ kind: 'chunk', index, stored: 'absent' });
  const given = run([chunk(0), chunk(1), { kind: 'final', final: evicted }]);
  expect(given.kinds).not.toContain('commit');
  expect(given.kinds.at(-1)).toBe('sync');
  const { kinds } = run([
    chunk(0),
    chunk(1),
    { kind: 'final', final: evicted },
    { kind: 'synced' },
  ]);
  expect(kinds.at(-1)).toBe('commit');
});

test.each<[string, Partial<Final>, boolean]>([
  ['the same, signed anew', { sig: 'B'.repeat(96) }, true],
  ['one that names another before it', { sig: 'B'.repeat(96), prev: 'cd'.repeat(32) }, false],
  ['one of another root', { sig: 'B'.repeat(96), root: 'ef'.repeat(32) }, false],
  ['one of another size', { sig: 'B'.repeat(96), size: 7 }, false],
])('a second final is taken if it is %s, else refused [WIRE-9]', (_, change, isTaken) => {
  const { effects } = run([
    { kind: 'final', final: finalOf(3) },
    { kind: 'final', final: finalOf(3, change) },
  ]);
  const refused = effects.some(
    (effect) => effect.kind === 'refuse' && effect.because === 'another-final',
  );
  expect(refused).toBe(!isTaken);
});

test('a mark that comes late or again never makes a salvage shorter [WIRE-7]', () => {
  const chunks = [0, 1, 2].map(
    (index): SessionInput => ({ kind: 'chunk', index, stored: 'absent' }),
  );
  const marks = [3, 2, 3, 1].map((count): SessionInput => ({ kind: 'mark', mark: markOf(count) }));
  const { state, effects } = run([...chunks, { kind: 'timer' }, { kind: 'synced' }, ...marks]);
  expect(state.mark?.chunks).toBe(3);
  expect(effects.filter(({ kind }) => kind === 'save-mark')).toHaveLength(1);
});

test('a chunk beyond what the final declares is refused [WIRE-9]', () => {
  const { kinds } = run([
    { kind: 'final', final: finalOf(1) },
    { kind: 'chunk', index: 1, stored: 'absent' },
  ]);
  expect(kinds).toContain('refuse');
  expect(kinds).not.toContain('append');
});
