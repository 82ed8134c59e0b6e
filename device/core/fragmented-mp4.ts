/**
 * What a recorder does to the fragments of a running stream to make a clip of them: decode times count from the
 * clip's own start, sequence numbers from 1, and nothing else changes. Fields are patched in place; no box is
 * rewritten, so offsets inside the fragment stay true (which is why an absolute base data offset is refused).
 */
import assert from 'node:assert/strict';
import {
  type Box,
  boxesIn,
  childOf,
  childrenOf,
  fieldsOf,
  Mp4Error,
  viewOf,
} from '../wire/mp4-boxes.ts';

export type TrackTimescale = { readonly trackId: number; readonly timescaleHz: number };
export type DecodeTime = { readonly trackId: number; readonly time: number };

const baseDataOffsetPresent = 0x000001;
const sampleDescriptionPresent = 0x000002;
const defaultDurationPresent = 0x000008;
const defaultSizePresent = 0x000010;
const defaultFlagsPresent = 0x000020;
const sampleIsNotSync = 0x00010000;

/**
 * What to take off each track's decode times: one instant, the earliest of all tracks' first samples, expressed in
 * each track's timescale, so that sound stays in step with the picture.
 */
export function clipBase(
  first: readonly DecodeTime[],
  tracks: readonly TrackTimescale[],
): readonly DecodeTime[] {
  const hz = (trackId: number): number => {
    const track = tracks.find((candidate) => candidate.trackId === trackId);
    if (track === undefined) throw new Mp4Error(`track ${trackId} is not in the clip's head`);
    return track.timescaleHz;
  };
  const startSeconds = Math.min(...first.map(({ trackId, time }) => time / hz(trackId)));
  return tracks.map(({ trackId, timescaleHz }) => ({
    trackId,
    // Down, so that no track can begin before the instant itself.
    time: Number.isFinite(startSeconds) ? Math.floor(startSeconds * timescaleHz) : 0,
  }));
}

/** A copy of `fragment` with `base` taken off its decode times and `sequence` as its sequence number. */
export function rebaseFragment(
  fragment: Uint8Array,
  base: readonly DecodeTime[],
  sequence: number,
): Uint8Array {
  const bytes = Uint8Array.from(fragment);
  const view = viewOf(bytes);
  for (const moof of moofsOf(bytes)) {
    for (const box of childrenOf(bytes, moof)) {
      if (box.type === 'mfhd') {
        const fields = fieldsOf(bytes, box);
        const position = fields.position();
        fields.uint32();
        view.setUint32(position, sequence);
      }
      if (box.type === 'traf') rebaseTrack(bytes, view, box, base);
    }
  }
  return bytes;
}

/** Decode time of the first sample of each track in a fragment. */
export function decodeTimesOf(fragment: Uint8Array): readonly DecodeTime[] {
  return moofsOf(fragment).flatMap((moof) =>
    [...childrenOf(fragment, moof)]
      .filter(({ type }) => type === 'traf')
      .map((traf) => {
        const tfdt = fieldsOf(fragment, required(fragment, traf, 'tfdt'));
        return {
          trackId: trackOf(fragment, traf).trackId,
          time: tfdt.version === 1 ? tfdt.uint64() : tfdt.uint32(),
        };
      }),
  );
}

/** Whether the first sample of `videoTrackId` is a sync sample: for H.264 an IDR picture. */
export function startsOnIdr(fragment: Uint8Array, videoTrackId: number): boolean {
  for (const moof of moofsOf(fragment)) {
    for (const traf of childrenOf(fragment, moof)) {
      if (traf.type !== 'traf') continue;
      const track = trackOf(fragment, traf);
      const trun = childOf(fragment, traf, 'trun');
      if (track.trackId !== videoTrackId || trun === undefined) continue;
      return (firstSampleFlags(fragment, trun, track.defaultFlags) & sampleIsNotSync) === 0;
    }
  }
  return false;
}

const moofsOf = (bytes: Uint8Array): readonly Box[] =>
  [...boxesIn(bytes)].filter(({ type }) => type === 'moof');

function rebaseTrack(
  bytes: Uint8Array,
  view: DataView,
  traf: Box,
  base: readonly DecodeTime[],
): void {
  const { trackId } = trackOf(bytes, traf);
  const tfdt = fieldsOf(bytes, required(bytes, traf, 'tfdt'));
  const position = tfdt.position();
  const time = tfdt.version === 1 ? tfdt.uint64() : tfdt.uint32();
  const rebased = time - (base.find((entry) => entry.trackId === trackId)?.time ?? 0);
  if (rebased < 0) throw new Mp4Error(`track ${trackId} goes back before the clip's start`);
  assert(Number.isSafeInteger(rebased));
  if (tfdt.version === 1) view.setBigUint64(position, BigInt(rebased));
  else view.setUint32(position, rebased);
}

function trackOf(
  bytes: Uint8Array,
  traf: Box,
): { readonly trackId: number; readonly defaultFlags: number } {
  const tfhd = fieldsOf(bytes, required(bytes, traf, 'tfhd'));
  const trackId = tfhd.uint32();
  if (tfhd.flags & baseDataOffsetPresent) {
    throw new Mp4Error('a fragment with an absolute base data offset cannot be moved');
  }
  for (const flag of [sampleDescriptionPresent, defaultDurationPresent, defaultSizePresent]) {
    if (tfhd.flags & flag) tfhd.uint32();
  }
  return { trackId, defaultFlags: tfhd.flags & defaultFlagsPresent ? tfhd.uint32() : 0 };
}

/** Order of the optional fields: ISO/IEC 14496-12, 8.8.8. */
function firstSampleFlags(bytes: Uint8Array, trunBox: Box, defaultFlags: number): number {
  const trun = fieldsOf(bytes, trunBox);
  const samples = trun.uint32();
  if (samples === 0) return sampleIsNotSync;
  if (trun.flags & 0x000001) trun.int32();
  if (trun.flags & 0x000004) return trun.uint32();
  if (trun.flags & 0x000100) trun.uint32();
  if (trun.flags & 0x000200) trun.uint32();
  return trun.flags & 0x000400 ? trun.uint32() : defaultFlags;
}

function required(bytes: Uint8Array, parent: Box, type: string): Box {
  const box = childOf(bytes, parent, type);
  if (box === undefined) throw new Mp4Error(`${parent.type} at ${parent.start} has no ${type}`);
  return box;
}
