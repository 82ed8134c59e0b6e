import { expect, test } from 'vitest';
import { decodeFrames, encodeFrame } from '../../../device/core/journal-frames.ts';
import type { SpoolState } from '../../../device/core/spool-state.ts';
import { createForgetfulFlash } from '../../../tools/simulation/forgetful-flash.ts';
import { bootBell } from '../../support/device/running-bell.ts';
import type { SimulatedBoard } from '../../support/device/simulated-board.ts';

const settings = { clip: { preRollMs: 2_000, postRollMs: 2_000 } };
const journalOf = (board: SimulatedBoard): readonly [string, Uint8Array] => {
  const found = [...board.flash.files()].find(([path]) => /journal-\d+$/.test(path));
  if (found === undefined) throw new Error('no journal');
  return found;
};

/** Two rings that no cloud hears of, one in each boot: a checkpoint that holds much, and facts behind it. */
async function evening() {
  const first = await bootBell(settings);
  first.board.cloud.setReachable(false);
  await first.board.clock.advance(6_000);
  await first.board.press();
  await first.board.clock.advance(6_000);
  first.board.powerOff();
  const flash = first.board.flash.cutPower(() => 0);
  const bell = await bootBell(settings, { flash, before: first.board, seed: 7 });
  await bell.board.clock.advance(6_000);
  await bell.board.press();
  await bell.board.clock.advance(6_000);
  bell.board.powerOff();
  return bell;
}

/** The next boot on a flash with this journal, to the end; its cloud has heard of nothing. */
async function bootOn(before: SimulatedBoard, journal: Uint8Array) {
  const flash = createForgetfulFlash();
  const [path] = journalOf(before);
  for (const [name, bytes] of before.flash.files()) {
    await flash.write(name, name === path ? journal : bytes);
    await flash.sync(name);
  }
  for (const folder of ['', 'spool']) await flash.syncNames(folder);
  const bell = await bootBell(settings, { flash, seed: 8 });
  await bell.board.clock.advance(40_000);
  return bell;
}

const eventSeqsIn = (frame: string): readonly number[] =>
  [...frame.matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq));

function rotAt(journal: Uint8Array, at: number): Uint8Array {
  const rotten = Uint8Array.from(journal);
  rotten[at] = (rotten[at] ?? 0) ^ 0x10;
  return rotten;
}

test('a record of the journal that rots is said to be lost, and costs no other [DEV-3] [WIRE-10]', async () => {
  const { board } = await evening();
  const [, journal] = journalOf(board);
  const whole = await bootOn(board, journal);
  const clips = whole.clips().map(({ opening }) => opening.clip);
  const events = [...whole.board.cloud.events.values()];
  expect(clips).toHaveLength(2);
  expect(whole.events('flash-damaged')).toEqual([]);
  await whole.stop();
  let at = 0;
  const { parts } = decodeFrames(journal);
  const texts = parts.map((part) => JSON.stringify(part));
  const lastEventAt = texts.findLastIndex((text) => text.includes('"kind":"event-made"'));
  const lastSeq = Math.max(...eventSeqsIn(texts[lastEventAt] ?? ''));
  for (const [i, part] of parts.entries()) {
    if (!('value' in part)) throw new Error('it is sound so far');
    const length = encodeFrame(part.value as object).length;
    // In what it says, or in how long it claims to be; of the last one the end of the file tells how long it is.
    const isLast = i === parts.length - 1;
    const where = isLast || i % 2 === 0 ? length >> 1 : 1;
    const bell = await bootOn(board, rotAt(journal, at + where));
    at += length;
    const told = bell.events('flash-damaged');
    const summary = told.find(({ data }) => data['bytes'] !== undefined)?.data;
    expect(summary, `frame ${i}`).toMatchObject({ bytes: length });
    const arrived = [...bell.board.cloud.events.values()];
    const seqs = arrived.map(({ seq }) => seq).sort((a, b) => a - b);
    expect(seqs, 'no number is missing').toEqual(seqs.map((_, n) => (seqs[0] ?? 0) + n));
    const ids = new Set(arrived.map(({ id }) => id));
    const lostEvents = events.filter(({ id, seq }) => seq <= lastSeq && !ids.has(id));
    // Behind the last event that is left nobody knows how many there were.
    const known = i < lastEventAt;
    const lost = lostEvents.map(({ seq }) => seq);
    expect(summary?.['events']).toEqual(known ? lost : expect.arrayContaining(lost));
    expect(bell.events('boot').at(-1)?.data['acknowledgedUpTo']).toBe(-1);
    const here = bell.clips().map(({ opening }) => opening.clip);
    const lostClips = clips.filter((clip) => !here.includes(clip));
    expect(summary?.['clips']).toEqual(lostClips);
    expect(lostClips.length + lostEvents.length, `frame ${i}`).toBeLessThanOrEqual(2);
    expect(bell.clips().every(({ stored }) => stored)).toBe(true);
    expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
    await bell.stop();
  }
  expect(parts.length).toBeGreaterThan(10);
});

const isHead = (value: unknown): value is { readonly checkpoint: SpoolState } =>
  typeof value === 'object' && value !== null && 'checkpoint' in value;

test('a doorbell whose checkpoint rots in both copies boots, and loses nothing that is whole [DEV-3]', async () => {
  const { board } = await evening();
  const [path, journal] = journalOf(board);
  const values = decodeFrames(journal).parts.map((part) => ('value' in part ? part.value : null));
  const frames = values.map((value) => Buffer.from(encodeFrame(value as object)));
  const rotten = frames.map((frame, i) => (isHead(values[i]) ? rotAt(frame, 20) : frame));
  const bell = await bootOn(board, Buffer.concat(rotten));
  const headBytes = frames.find((_, i) => isHead(values[i]))?.length ?? 0;
  const [told] = bell.events('flash-damaged');
  expect(told?.data).toMatchObject({ bytes: 2 * headBytes, eventCount: 0, clipCount: 0 });
  expect(bell.clips().map(({ stored }) => stored)).toEqual([true, true]);
  expect(bell.events('ding')).toHaveLength(2);
  expect(bell.events('boot').map(({ clock }) => clock?.boot)).toEqual([1, 2, 3]);
  expect(bell.firmware.state().spool).toMatchObject({ clips: 0, events: 0 });
  expect(path).toMatch(/journal-2$/);
  await bell.stop();
});

test('a doorbell of whose journal nothing is left boots, and says so under new numbers [WIRE-10]', async () => {
  const { board } = await evening();
  const [, journal] = journalOf(board);
  const bell = await bootOn(
    board,
    journal.map((byte) => byte ^ 0x10),
  );
  const taken = Math.max(...eventSeqsIn(Buffer.from(journal).toString()));
  const told = bell.events('flash-damaged');
  expect(told).toHaveLength(1);
  expect(told[0]?.seq).toBeGreaterThan(taken);
  expect(told[0]?.data).toMatchObject({ bytes: journal.length, clipCount: 2 });
  await bell.board.press();
  await bell.board.clock.advance(12_000);
  expect(bell.clips().map(({ stored, opening }) => [stored, opening.seq > taken])).toEqual([
    [true, true],
  ]);
  await bell.stop();
});

test('settings outlive a checkpoint that has rotted in both its copies', async () => {
  const first = await bootBell(settings);
  first.board.cloud.send('dn/test-bell/settings', { clip: { maxLengthMs: 33_000 } });
  await first.board.clock.advance(2_000);
  first.board.powerOff();
  const flash = first.board.flash.cutPower(() => 0);
  const second = await bootBell(settings, { flash, before: first.board, seed: 7 });
  second.board.powerOff();
  const [, journal] = journalOf(second.board);
  const frames = decodeFrames(journal).parts.flatMap((part) =>
    'value' in part && !isHead(part.value) ? [encodeFrame(part.value as object)] : [],
  );
  const bell = await bootOn(second.board, Buffer.concat(frames));
  expect(bell.firmware.state().settings.clip).toMatchObject({ maxLengthMs: 33_000 });
  await bell.stop();
});

test('a number that may have been taken in what rotted is not taken again [WIRE-10]', async () => {
  const { board } = await evening();
  const [, journal] = journalOf(board);
  const { parts } = decodeFrames(journal);
  const kinds = parts.map((part) => JSON.stringify(part));
  // The last event that was made, and facts without numbers behind it.
  const last = kinds.findLastIndex((text) => text.includes('"kind":"event-made"'));
  expect(last).toBeLessThan(parts.length - 1);
  const before = parts
    .slice(0, last)
    .map((part) => encodeFrame('value' in part ? (part.value as object) : {}));
  const at = Buffer.concat(before).length + 20;
  const lostSeq = Math.max(...eventSeqsIn(kinds[last] ?? ''));
  const bell = await bootOn(board, rotAt(journal, at));
  expect(bell.board.cloud.events.get(lostSeq)?.kind).toBe('flash-damaged');
  expect(bell.events('boot').at(-1)?.seq).toBeGreaterThan(lostSeq);
  await bell.stop();
});

test('a wrong bit that only one read gives costs nothing [DEV-3]', async () => {
  const { board } = await evening();
  const [path, journal] = journalOf(board);
  const flash = createForgetfulFlash();
  for (const [name, bytes] of board.flash.files()) {
    await flash.write(name, bytes);
    await flash.sync(name);
  }
  for (const folder of ['', 'spool']) await flash.syncNames(folder);
  let reads = 0;
  const errs = {
    ...flash,
    read: async (name: string) =>
      name === path && reads++ === 0 ? rotAt(journal, journal.length >> 1) : flash.read(name),
  };
  const bell = await bootBell(settings, { flash: errs, before: board, seed: 8 });
  board.cloud.setReachable(true);
  await bell.board.clock.advance(40_000);
  expect(reads).toBeGreaterThan(1);
  expect(bell.events('flash-damaged')).toEqual([]);
  expect(bell.clips()).toHaveLength(2);
  await bell.stop();
});

test('a checkpoint in the older form, one frame with all in it, is still read', async () => {
  const { board } = await evening();
  const [, journal] = journalOf(board);
  const values = decodeFrames(journal).parts.map((part) => ('value' in part ? part.value : null));
  const second = values.findLastIndex(isHead);
  const head = values.find(isHead);
  if (head === undefined) throw new Error('no checkpoint');
  const carried = values.slice(1, second).flat() as readonly {
    readonly kind: string;
    readonly record?: object;
    readonly event?: object;
  }[];
  const older = {
    checkpoint: {
      ...head.checkpoint,
      clips: carried.flatMap(({ record }) => record ?? []),
      events: carried.flatMap(({ event }) => event ?? []),
    },
  };
  const facts = values.slice(second + 1) as readonly object[];
  const bell = await bootOn(board, Buffer.concat([older, ...facts].map(encodeFrame)));
  expect(bell.clips()).toHaveLength(2);
  expect(bell.events('ding')).toHaveLength(2);
  expect(bell.events('flash-damaged')).toEqual([]);
  await bell.stop();
});
