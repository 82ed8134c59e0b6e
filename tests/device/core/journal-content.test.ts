import { expect, test } from 'vitest';
import { encodeCheckpoint, readContent } from '../../../device/core/journal-content.ts';
import { decodeFrames } from '../../../device/core/journal-frames.ts';
import { newSpool, type SpoolFact } from '../../../device/core/spool-state.ts';
import type { Ulid } from '../../../device/wire/ids.ts';

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
  expect(readContent({ parts, wholeBytes: 0 })?.loss).toEqual(
    loss === null ? null : { bytes: 450, ...loss },
  );
});

test('without a checkpoint there is no journal', () => {
  expect(readContent({ parts: [damaged, facts(kept)], wholeBytes: 0 })).toBeNull();
});
