/** A scripted evening at a doorbell, and what must be true of the cloud after it whatever went wrong. */
import { expect } from 'vitest';
import type { Config } from '../../../device/config.ts';
import { bootFirmware } from '../../../device/firmware.ts';
import { silentLog } from '../../../device/log.ts';
import type { Happening } from '../../../device/services/happenings.ts';
import { finalHash } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { DeviceEvent } from '../../../device/wire/messages.ts';
import type { FakeCloud } from './fake-cloud.ts';
import type { SimulatedBoard } from './simulated-board.ts';

/** What the harness saw become durable on the doorbell, through all its boots. */
export type Recorded = {
  readonly chunks: Map<Ulid, Uint8Array[]>;
  readonly stills: { readonly clip: Ulid; readonly still: Ulid }[];
  readonly events: DeviceEvent[];
  note(happening: Happening): void;
};

export function createRecord(): Recorded {
  const chunks = new Map<Ulid, Uint8Array[]>();
  const events: DeviceEvent[] = [];
  const stills: { clip: Ulid; still: Ulid }[] = [];
  return {
    chunks,
    stills,
    events,
    note(happening) {
      if (happening.kind === 'event') events.push(happening.event);
      if (happening.kind === 'still-kept') stills.push(happening);
      if (happening.kind === 'chunks-recorded') {
        const copies = happening.bytes.map((bytes) => Uint8Array.from(bytes));
        chunks.set(happening.clip, [...(chunks.get(happening.clip) ?? []), ...copies]);
      }
    },
  };
}

/** An evening of this is more than flash holds. */
export const smallFlash = {
  clip: { preRollMs: 2_000, postRollMs: 2_000 },
  spool: { capacityBytes: 1024 * 1024 },
} as const;
export const fragmentBytes = 70_000;

/** Boots and listens; resolves when it is up or the power is off. */
export async function bootRecorded(
  board: SimulatedBoard,
  config: Config,
  recorded: Recorded,
): Promise<void> {
  try {
    const firmware = await bootFirmware(board, config, silentLog);
    firmware.subscribe(recorded.note);
  } catch (error) {
    if (!(error instanceof Error && error.name === 'PowerOff')) throw error;
  }
}

/** Motion, a ring in it, the network gone, two rings that do not both fit, the network back. */
export async function playEvening(board: SimulatedBoard): Promise<void> {
  const { clock, imager, cloud } = board;
  await clock.advance(4_000);
  imager.setMotion(true);
  await clock.advance(2_400);
  imager.setMotion(false);
  await board.press();
  await clock.advance(6_000);
  cloud.setReachable(false);
  await board.press();
  await clock.advance(6_000);
  await board.press();
  await clock.advance(5_000);
  cloud.setReachable(true);
  await clock.advance(8_000);
}

/** The laws of the spool and of the clip transfer, as the cloud sees them when all is through. */
export function expectAccountable(cloud: FakeCloud, recorded: Recorded): void {
  expect(cloud.complaints).toEqual([]);
  expectEvents(cloud, recorded);
  for (const [clip, record] of cloud.clips) {
    const { final } = record;
    expect(final, `clip ${clip} has its final`).not.toBeNull();
    expect(record.stored).toBe(true);
    if (final === null || final.disposition === 'evicted') continue;
    if (final.disposition === 'truncated') expect(final.reason).toBeTruthy();
    const copy = recorded.chunks.get(clip) ?? [];
    // What was durable is never given up; what was written and not yet known to be may be there too.
    expect(final.chunks).toBeGreaterThanOrEqual(copy.length);
    for (const [index, bytes] of copy.entries()) {
      expect(Buffer.from(bytes).equals(record.chunks.get(index) ?? Buffer.alloc(0))).toBe(true);
    }
  }
  for (const { clip, still } of recorded.stills) {
    const record = cloud.clips.get(clip);
    if (record?.final?.disposition === 'evicted') continue;
    expect(record?.stills.has(still), 'a durable still').toBe(true);
  }
  expectChain(cloud);
}

function expectEvents(cloud: FakeCloud, recorded: Recorded): void {
  const arrived = [...cloud.events.values()].sort((a, b) => a.seq - b.seq);
  expect(arrived.map(({ seq }) => seq)).toEqual(arrived.map((_, i) => i));
  const ids = new Set(arrived.map(({ id }) => id));
  for (const event of recorded.events) expect(ids.has(event.id), 'a durable event').toBe(true);
  for (const event of arrived.filter(({ kind }) => kind === 'ding')) {
    const { clip } = event;
    expect(clip === undefined ? undefined : cloud.clips.get(clip)?.stored).toBe(true);
  }
}

/** [DEV-5] */
function expectChain(cloud: FakeCloud): void {
  const finals = [...cloud.clips.values()]
    .flatMap(({ final }) => final ?? [])
    .sort((a, b) => a.seq - b.seq);
  expect(finals.map(({ seq }) => seq)).toEqual(finals.map((_, i) => i));
  for (const [i, final] of finals.entries()) {
    const before = finals[i - 1];
    const names = before === undefined ? [null] : [finalHash(before), before.replaces];
    expect(names).toContain(final.prev);
  }
}
