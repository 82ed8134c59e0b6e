import { expect, test } from 'vitest';
import type { ClipRow } from '../../../cloud-stub/catalogue-tables.ts';
import type { Receipt } from '../../../device/wire/messages.ts';
import { judge, type Recorded } from '../../../tools/torture/verdict.ts';
import { eventNumbered, newYear } from '../../support/cloud/catalogue-rows.ts';
import { openStorage, sampleClip, storeSample } from '../../support/cloud/cloud-storage.ts';
import { standingClock } from '../../support/standing-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const { key, chunks } = sampleClip(1);
const { thing, clip } = key;
const ring = eventNumbered(1, { clip });
const opening = { clip } as Recorded['notes']['openings'][number];

/** One ring, its clip, and all of it in the cloud as recorded. */
const asRecorded: Recorded = {
  thing,
  notes: {
    events: [{ id: ring.id, kind: 'ding' } as Recorded['notes']['events'][number]],
    openings: [opening],
  },
  clips: new Map([[clip, chunks]]),
  receipts: [],
  bindingPresses: [{ fromMs: ring.at - 5, toMs: ring.at + 5 }],
};
const whole: Partial<ClipRow> = { disposition: 'complete', trigger: 'ding' };
const receipt = (wanted: Partial<Receipt>): Receipt => ({
  v: 1,
  clip,
  state: 'receiving',
  next: 3,
  have: [[0, 2]],
  window: 8,
  ...wanted,
});

async function breachesOf(
  recorded: Partial<Recorded>,
  row: Partial<ClipRow> = {},
): Promise<string[]> {
  const storage = await openStorage(temporaryFolder(), standingClock(newYear));
  await storeSample(storage, 1, newYear, { ...whole, ...row });
  await storage.catalogue.write((tx) => tx.insertInto('events').values(ring).execute());
  return judge(storage, { ...asRecorded, ...recorded });
}

test('what is as it was recorded has no breach', async () => {
  expect(await breachesOf({ receipts: [receipt({}), receipt({ state: 'stored' })] })).toEqual([]);
});

const altered = chunks.map((chunk) => Buffer.from(chunk));
(altered[1] as Buffer)[7] = ((altered[1] as Buffer)[7] ?? 0) ^ 1;
const another = sampleClip(2).key.clip;
const { notes } = asRecorded;

test.each<[string, Partial<Recorded>, Partial<ClipRow>, RegExp]>([
  [
    'a byte that differs',
    { clips: new Map([[clip, altered]]) },
    {},
    /chunk 1 is not what was recorded/,
  ],
  [
    'a clip cut without saying so',
    { clips: new Map([[clip, [...chunks, chunks[0] as Buffer]]]) },
    {},
    /complete with 3 of 4/,
  ],
  [
    'more than was recorded',
    { clips: new Map([[clip, chunks.slice(0, 2)]]) },
    { disposition: 'truncated', reason: 'power-loss' },
    /3 chunks, 2 were recorded/,
  ],
  ['a truncation without a reason', {}, { disposition: 'truncated' }, /truncated without a reason/],
  ['a clip that never ended', {}, { disposition: null }, /not finished/],
  [
    'a lost clip',
    { notes: { ...notes, openings: [opening, { ...opening, clip: another }] } },
    {},
    /never arrived/,
  ],
  [
    'a lost event',
    { notes: { ...notes, events: [{ ...notes.events[0], id: another } as never] } },
    {},
    /became durable and never arrived/,
  ],
  [
    'a press nobody heard',
    { bindingPresses: [{ fromMs: ring.at + 5000, toMs: ring.at + 5010 }] },
    {},
    /is no ring/,
  ],
  ['a ring its clip does not know', {}, { trigger: 'motion' }, /not among the triggers/],
  [
    'a receipt for a clip that is not there',
    { receipts: [receipt({ clip: another })] },
    {},
    /is not there/,
  ],
  [
    'a receipt for chunks that are not there',
    { receipts: [receipt({ have: [[0, 3]] })] },
    {},
    /3 chunks, 4 were acknowledged/,
  ],
])('%s is a breach', async (_what, recorded, row, expected) => {
  const breaches = await breachesOf(recorded, row);
  expect(breaches.join('\n')).toMatch(expected);
});
