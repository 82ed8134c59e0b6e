/** Fragments of a fragmented MP4 with real boxes and made-up samples: for whatever cares about bytes, not pictures. */
import type { Fragment, MediaInit } from '../../device/board.ts';
import { milliseconds, uptimeMs } from '../../device/wire/time.ts';

const testTimescaleHz = 15_360;
const testAudioHz = 48_000;

function box(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}
function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [i, value] of values.entries()) bytes.writeUInt32BE(value >>> 0, i * 4);
  return bytes;
}
function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

export function makeInit(): MediaInit {
  return {
    bytes: Buffer.concat([box('ftyp', Buffer.from('iso5')), box('moov', box('mvhd', uint32(0)))]),
    codec: 'avc1.64001f,mp4a.40.2',
    widthPx: 1280,
    heightPx: 720,
    hasAudio: true,
    tracks: [
      { trackId: 1, timescaleHz: testTimescaleHz },
      { trackId: 2, timescaleHz: testAudioHz },
    ],
  };
}

export type FragmentDraft = {
  readonly atMs: number;
  readonly durationMs?: number;
  /** Of the made-up samples; the fill byte follows from `atMs`. */
  readonly bytes?: number;
  readonly idr?: boolean;
  readonly continuous?: boolean;
  /** When the stream began. */
  readonly streamAtMs?: number;
  /** Stands at the head of the samples, so that footage of one camera is never that of another. */
  readonly label?: string;
};

export function makeFragment(draft: FragmentDraft): Fragment {
  const { atMs, durationMs = 1000, bytes = 2000, idr = true, continuous = true } = draft;
  const seconds = (atMs - (draft.streamAtMs ?? 0)) / 1000;
  const times = [
    { trackId: 1, time: Math.round(seconds * testTimescaleHz) },
    { trackId: 2, time: Math.round(seconds * testAudioHz) },
  ];
  const flags = idr ? 0x02000000 : 0x01010000;
  const trafs = times.map(({ trackId, time }) =>
    box(
      'traf',
      box('tfhd', uint32(0x020000, trackId)),
      box('tfdt', uint32(0x01000000), uint64(time)),
      box('trun', uint32(0x000205, 1, 0, trackId === 1 ? flags : 0x02000000, bytes >> 1)),
    ),
  );
  const samples = Buffer.alloc(bytes, 1 + (Math.round(atMs) % 251));
  samples.write(draft.label ?? '', 'latin1');
  return {
    bytes: Buffer.concat([
      box('moof', box('mfhd', uint32(0, 1 + Math.round(seconds))), ...trafs),
      box('mdat', samples),
    ]),
    at: uptimeMs(atMs),
    durationMs: milliseconds(durationMs),
    decodeTimes: times,
    continuous,
  };
}
