import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  freshSession,
  isDone,
  nextOf,
  type SessionMessage,
  type UploadSession,
  wakeAtOf,
} from '../../../device/core/upload-session.ts';
import { type SessionInput, stepSession } from '../../../device/core/upload-step.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { Receipt } from '../../../device/wire/messages.ts';
import { milliseconds, uptimeMs } from '../../../device/wire/time.ts';

const clip = '01HF7YAT00AAAAAAAAAAAAAAAA' as Ulid;
const still = '01HF7YAT00BBBBBBBBBBBBBBBB' as Ulid;

const receipt = (more: Partial<Receipt> = {}): SessionInput => ({
  kind: 'receipt',
  receipt: { v: 1, clip, state: 'receiving', next: 0, have: [], window: 8, ...more },
});

/** A session and a clock, driven by hand. */
function drive(from: Partial<UploadSession> = {}) {
  let session: UploadSession = { ...freshSession, ...from };
  let at = 0;
  const step = (input: SessionInput): void => {
    session = stepSession(session, input, { at: uptimeMs(at), unit: 0.5 });
  };
  return {
    step,
    /** Sends all that may be sent now, and says what it was. */
    send(): readonly string[] {
      const out: string[] = [];
      for (let message = nextOf(session); message !== null; message = nextOf(session)) {
        out.push(short(message));
        step({ kind: 'sent', message });
      }
      return out;
    },
    pass(ms: number): void {
      at += ms;
      step({ kind: 'tick' });
    },
    at: () => at,
    session: () => session,
  };
}
function short(message: SessionMessage): string {
  switch (message.kind) {
    case 'chunk':
      return `c${message.index}`;
    case 'mark':
      return `m${message.chunks}`;
    default:
      return message.kind;
  }
}
const recorded = (chunks: number): SessionInput => ({
  kind: 'recorded',
  chunks,
  fragmentEnds: Array.from({ length: chunks }, (_, i) => i + 1),
});

test('init goes first, and nothing else before it is answered', () => {
  const { step, send } = drive();
  step({ kind: 'link-up' });
  step(recorded(3));
  expect(send()).toEqual(['init']);
  step(receipt());
  expect(send()).toEqual(['c0', 'm1', 'c1', 'm2', 'c2', 'm3']);
});

test('fragments go out as they are recorded; the final follows the last [DEV-2]', () => {
  const { step, send, session } = drive();
  step({ kind: 'link-up' });
  send();
  step(receipt());
  step(recorded(1));
  expect(send()).toEqual(['c0', 'm1']);
  step(recorded(2));
  step({ kind: 'closed' });
  expect(send()).toEqual(['c1', 'final']);
  step(receipt({ have: [[0, 1]], next: 2, state: 'stored' }));
  expect(isDone(session())).toBe(true);
});

test('no more chunks are unacknowledged than the window allows [WIRE-3]', () => {
  const { step, send } = drive();
  step({ kind: 'link-up' });
  step(recorded(10));
  send();
  step(receipt({ window: 3 }));
  expect(send().filter((name) => name.startsWith('c'))).toEqual(['c0', 'c1', 'c2']);
  step(receipt({ window: 3, have: [[0, 0]], next: 1 }));
  expect(send().filter((name) => name.startsWith('c'))).toEqual(['c3']);
});

test('a window of 0 pauses for retryMs, then init asks again [WIRE-3]', () => {
  const { step, send, pass } = drive();
  step({ kind: 'link-up' });
  step(recorded(2));
  send();
  step(receipt({ window: 0, retryMs: milliseconds(700) }));
  expect(send()).toEqual([]);
  pass(699);
  expect(send()).toEqual([]);
  pass(1);
  expect(send()).toEqual(['init']);
  step(receipt({ window: 2 }));
  expect(send()).toEqual(['c0', 'm1', 'c1', 'm2']);
});

test('silence repeats init after 3 s, then ever more slowly [WIRE-2]', () => {
  const { step, send, pass, at, session } = drive();
  step({ kind: 'link-up' });
  const sentAt: number[] = [];
  for (let i = 0; i < 7; i++) {
    expect(send()).toEqual(['init']);
    sentAt.push(at());
    pass(Number(wakeAtOf(session())) - at());
  }
  const gaps = sentAt.slice(1).map((time, i) => time - (sentAt[i] ?? 0));
  expect(gaps).toEqual([3_000, 4_500, 9_000, 18_000, 36_000, 45_000]);
});

test('after a reconnect only what the cloud lacks is sent [WIRE-5]', () => {
  const { step, send } = drive();
  step({ kind: 'link-up' });
  step(recorded(6));
  step({ kind: 'closed' });
  send();
  step(receipt({ have: [[0, 5]], next: 6 }));
  step({ kind: 'link-down' });
  expect(send()).toEqual([]);
  step({ kind: 'link-up' });
  expect(send()).toEqual(['init']);
  step(
    receipt({
      have: [
        [0, 1],
        [3, 4],
      ],
      next: 2,
    }),
  );
  expect(send()).toEqual(['m2', 'c2', 'm5', 'c5', 'final']);
});

test('a chunk that others have overtaken by far is lost, one that others have just passed is not', () => {
  const { step, send } = drive();
  step({ kind: 'link-up' });
  step(recorded(8));
  send();
  step(receipt());
  send();
  step(receipt({ have: [[1, 2]] }));
  expect(send()).toEqual([]);
  step(receipt({ have: [[1, 4]] }));
  expect(send()).toEqual(['c0']);
});

test('"stored" before the final went out is a salvage, and the transfer goes on [WIRE-7]', () => {
  const { step, send, session } = drive();
  step({ kind: 'link-up' });
  step(recorded(3));
  step({ kind: 'closed' });
  send();
  step(receipt({ state: 'stored', have: [[0, 1]], next: 2 }));
  expect(isDone(session())).toBe(false);
  expect(send()).toEqual(['m2', 'c2', 'final']);
  step(receipt({ state: 'stored', have: [[0, 2]], next: 3 }));
  expect(isDone(session())).toBe(true);
});

test('a clip whose bytes were given up sends its opening and its final only [DEV-3]', () => {
  const { step, send, session } = drive();
  step({ kind: 'link-up' });
  step(recorded(5));
  step({ kind: 'still-kept', still });
  step({ kind: 'evicted' });
  expect(send()).toEqual(['init']);
  step(receipt());
  expect(send()).toEqual(['final']);
  step(receipt({ state: 'stored' }));
  expect(isDone(session())).toBe(true);
});

test('a stored clip leaves only when its stills are acknowledged too [WIRE-10]', () => {
  const { step, send, session, pass } = drive();
  step({ kind: 'link-up' });
  step(recorded(1));
  step({ kind: 'closed' });
  send();
  step({ kind: 'still-kept', still });
  step(receipt());
  expect(send()).toEqual(['still', 'c0', 'final']);
  step(receipt({ state: 'stored', have: [[0, 0]], next: 1 }));
  expect(isDone(session())).toBe(false);
  pass(3_000);
  expect(send()).toEqual(['init']);
  step(receipt({ state: 'stored', have: [[0, 0]], next: 1, stills: [] }));
  expect(send()).toContain('still');
  step(receipt({ state: 'stored', have: [[0, 0]], next: 1, stills: [still] }));
  expect(isDone(session())).toBe(true);
});

test.each([
  ['before the clip is stored', false],
  ['after it', true],
])('a refused still is not sent again, and nothing waits for it: %s [WIRE-10]', (_when, later) => {
  const { step, send, session } = drive();
  const other = '01HF7YAT00CCCCCCCCCCCCCCCC' as Ulid;
  step({ kind: 'link-up' });
  step(recorded(1));
  step({ kind: 'closed' });
  send();
  for (const kept of [still, other]) step({ kind: 'still-kept', still: kept });
  step(receipt());
  expect(send()).toEqual(['still', 'still', 'c0', 'final']);
  const stored: Partial<Receipt> = { state: 'stored', have: [[0, 0]], next: 1, stills: [other] };
  const refusal: Partial<Receipt> = { refusedStills: [still], reason: 'bad-still' };
  if (!later) step(receipt(refusal));
  step(receipt(stored));
  expect(isDone(session())).toBe(!later);
  if (later) step(receipt({ ...stored, ...refusal }));
  expect(isDone(session())).toBe(true);
  expect(session().stills).toEqual([other]);
  expect(wakeAtOf(session())).toBeNull();
  step({ kind: 'link-down' });
  step({ kind: 'link-up' });
  send();
  step(receipt({ have: [[0, 0]], next: 1 }));
  expect(send().filter((name) => name === 'still')).toHaveLength(1);
});

test('a rejected clip is left alone until the next connection', () => {
  const { step, send } = drive();
  step({ kind: 'link-up' });
  step(recorded(1));
  send();
  step(receipt({ state: 'rejected', reason: 'forged' }));
  expect(send()).toEqual([]);
  step({ kind: 'link-up' });
  expect(send()).toEqual(['init']);
});

test('a receipt cut at its greatest number of ranges forgets nothing beyond the cut', () => {
  const { step, send, session } = drive();
  step({ kind: 'link-up' });
  step(recorded(600));
  send();
  step(receipt({ have: [[0, 599]], next: 600 }));
  const init: SessionMessage = { kind: 'init' };
  step({ kind: 'sent', message: init });
  const have = Array.from(
    { length: limits.rangesPerReceiptMax },
    (_, i) => [2 * i, 2 * i] as const,
  );
  step({ kind: 'link-down' });
  step({ kind: 'link-up' });
  send();
  step(receipt({ have: have.map(([from, to]) => [from, to]), next: 1 }));
  expect(nextOf(session())).toEqual({ kind: 'mark', chunks: 1 });
  step({ kind: 'sent', message: { kind: 'mark', chunks: 1 } });
  expect(nextOf(session())).toEqual({ kind: 'chunk', index: 1 });
  expect(session().acknowledged.at(-1)).toEqual([254, 599]);
});

/** A cloud as a set of chunks, over a link that loses in both directions. */
test('over any link that lets something through, a clip ends stored and whole [WIRE-2] [WIRE-6]', () => {
  const faults = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 400 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 30 }), faults, (chunks, dice) => {
      let thrown = 0;
      // After the drawn luck the link is good, so that the run can end.
      const lost = (): boolean => (dice[thrown++] ?? 9) < 4;
      const held = new Set<number>();
      let knowsInit = false;
      let knowsFinal = false;
      const d = drive();
      d.step({ kind: 'link-up' });
      d.step(recorded(chunks));
      d.step({ kind: 'closed' });
      const answer = (): void => {
        if (lost()) return;
        const stored = knowsFinal && held.size === chunks;
        const have = [...held].sort((a, b) => a - b).map((i): [number, number] => [i, i]);
        d.step(receipt({ have, state: stored ? 'stored' : 'receiving' }));
      };
      for (let round = 0; round < 3_000 && !isDone(d.session()); round++) {
        const message = nextOf(d.session());
        if (message === null) {
          const wakeAt = wakeAtOf(d.session());
          expect(wakeAt).not.toBeNull();
          d.pass(Math.max(0, Number(wakeAt) - d.at()));
          continue;
        }
        expect(d.session().inFlight.size).toBeLessThanOrEqual(d.session().window);
        d.step({ kind: 'sent', message });
        if (lost()) continue;
        if (message.kind === 'init') knowsInit = true;
        if (!knowsInit) continue;
        if (message.kind === 'chunk') held.add(message.index);
        if (message.kind === 'final') knowsFinal = true;
        if (message.kind !== 'mark') answer();
      }
      expect(isDone(d.session())).toBe(true);
      expect(held.size).toBe(chunks);
    }),
    { numRuns: 200 },
  );
});
