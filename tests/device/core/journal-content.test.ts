import { expect, test } from 'vitest';
import {
  checkpointEveryBytes,
  encodeCheckpoint,
  readContent,
} from '../../../device/core/journal-content.ts';
import { decodeFrames } from '../../../device/core/journal-frames.ts';
import { newSpool, type SpoolFact } from '../../../device/core/spool-state.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { makeSigningDoorbell } from '../../support/cloud/signed-clips.ts';

const clip = '01HF00000000000000000000AA' as Ulid;
const still = '01HF00000000000000000000BB' as Ulid;
const checkpoint = { ...newSpool, eventSeq: 7, clipSeq: 3 };
const { parts: head } = decodeFrames(encodeCheckpoint(checkpoint));
const facts = (...made: SpoolFact[]) => ({ value: made });
const damaged = { damagedBytes: 450 };
const kept: SpoolFact = { kind: 'still-kept', clip, still, bytes: 5 };
const released: SpoolFact = { kind: 'clip-released', clip };
const unsure = { events: [7, 8], clips: [], released: [] };

test.each([
  ['nothing', [...head], null],
  [
    'rot before the end of the checkpoint, whose numbers account for it',
    [damaged, ...head.slice(1)],
    { ...unsure, events: [] },
  ],
  ['rot with nothing told behind it', [...head, damaged], unsure],
  [
    'a clip whose opening is lost and which later facts name',
    [...head, damaged, facts(kept)],
    { ...unsure, clips: [clip] },
  ],
  [
    'a clip that has left the spool since',
    [...head, damaged, facts(kept), facts(released)],
    { ...unsure, released: [clip] },
  ],
  [
    'events that were acknowledged since',
    [...head, damaged, facts({ kind: 'events-acknowledged', upTo: 7 })],
    { ...unsure, events: [8] },
  ],
])('what rot took of a journal: %s [DEV-3]', (_what, parts, loss) => {
  expect(readContent({ parts, tornBytes: 0 }, 1).loss).toEqual(
    loss === null ? null : { bytes: 450, ...loss },
  );
});

const opening = makeSigningDoorbell().opening(clip, { seq: 5 });
const { sig } = opening;
const event = {
  ...{ v: 1 as const, id: still, seq: 9, kind: 'ding' as const, at: epochMs(5), data: {}, sig },
};
const record = { opening, triggers: [], stills: [], final: null, evicted: false };

test('without a checkpoint all records that are left count [DEV-3]', () => {
  const left = [facts({ kind: 'clip-carried', record }), facts({ kind: 'event-made', event })];
  const { state, loss } = readContent({ parts: [damaged, ...left, damaged], tornBytes: 0 }, 4);
  // Events are carried up to the last number that was taken; clips may have left since.
  expect(state).toMatchObject({ boot: 4, eventSeq: 12, clips: [record], events: [event] });
  expect(state.clipSeq).toBeGreaterThan(4 * 10_000);
  expect(loss).toEqual({ bytes: 900, events: [10, 11], clips: [], released: [] });
});

test('where nothing at all is left of a journal, no number that was taken is taken again', () => {
  const [one, two] = [1, 2].map((n) => readContent({ parts: [], tornBytes: 700 }, n));
  expect(one?.loss).toEqual({ bytes: 700, events: [], clips: [], released: [] });
  const numbers = (two?.state.eventSeq ?? 0) - (one?.state.eventSeq ?? 0);
  expect(numbers).toBeGreaterThan(checkpointEveryBytes / 200);
  expect(two?.state.clipSeq).toBeGreaterThan(checkpointEveryBytes / 200);
});
