/** Reads the head of ffmpeg's fragmented MP4: what the tracks are. */

import type { MediaInit } from '../board.ts';
import { Mp4Error } from '../wire/mp4-boxes.ts';
import { boxesIn, findBox, needBox } from './mp4-boxes.ts';

export type MediaHead = {
  readonly init: MediaInit;
  readonly video: Track;
  readonly audio: Track | null;
  /** Bytes of the length before each NAL unit. */
  readonly nalLengthBytes: number;
};
export type Track = {
  readonly trackId: number;
  readonly timescaleHz: number;
  readonly defaults: SampleDefaults;
};
export type SampleDefaults = {
  readonly duration: number;
  readonly size: number;
  readonly flags: number;
};

/** `ftyp` and `moov` are whole boxes. Throws Mp4Error where H.264 video is missing. */
export function readMediaHead(ftyp: Buffer, moov: Buffer): MediaHead {
  const body = moov.subarray(8);
  const tracks = [...boxesIn(body)].filter((box) => box.type === 'trak').map((box) => box.body);
  const videoTrack = tracks.find((trak) => handlerOf(trak) === 'vide');
  const audioTrack = tracks.find((trak) => handlerOf(trak) === 'soun');
  if (videoTrack === undefined) throw new Mp4Error('no video track');
  const entry = needBox(videoTrack, 'mdia', 'minf', 'stbl', 'stsd').subarray(8);
  const avc1 = findBox(entry, 'avc1');
  if (avc1 === null) throw new Mp4Error(`video is ${firstType(entry)}, expected H.264 (avc1)`);
  const avcC = needBox(avc1.subarray(78), 'avcC');
  const video = trackOf(videoTrack, body);
  const audio = audioTrack === undefined ? null : trackOf(audioTrack, body);
  return {
    init: {
      bytes: Buffer.concat([ftyp, moov]),
      codec:
        audioTrack === undefined ? avcCodec(avcC) : `${avcCodec(avcC)},${aacCodec(audioTrack)}`,
      widthPx: avc1.readUInt16BE(24),
      heightPx: avc1.readUInt16BE(26),
      hasAudio: audio !== null,
      tracks: [video, ...(audio === null ? [] : [audio])].map(({ trackId, timescaleHz }) => ({
        trackId,
        timescaleHz,
      })),
    },
    video,
    audio,
    nalLengthBytes: (avcC.readUInt8(4) & 3) + 1,
  };
}

const handlerOf = (trak: Buffer): string => needBox(trak, 'mdia', 'hdlr').toString('latin1', 8, 12);

const firstType = (entries: Buffer): string => entries.toString('latin1', 4, 8);

function trackOf(trak: Buffer, moovBody: Buffer): Track {
  const tkhd = needBox(trak, 'tkhd');
  const mdhd = needBox(trak, 'mdia', 'mdhd');
  const trackId = tkhd.readUInt32BE(tkhd[0] === 1 ? 20 : 12);
  return {
    trackId,
    timescaleHz: mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12),
    defaults: defaultsOf(trackId, moovBody),
  };
}

function defaultsOf(trackId: number, moovBody: Buffer): SampleDefaults {
  for (const { type, body } of boxesIn(needBox(moovBody, 'mvex'))) {
    if (type === 'trex' && body.readUInt32BE(4) === trackId) {
      return {
        duration: body.readUInt32BE(12),
        size: body.readUInt32BE(16),
        flags: body.readUInt32BE(20),
      };
    }
  }
  throw new Mp4Error(`no trex for track ${trackId}`);
}

/** RFC 6381: profile, constraints and level in hex. */
const avcCodec = (avcC: Buffer): string => `avc1.${avcC.toString('hex', 1, 4)}`;

/** The object type out of the esds' AudioSpecificConfig (ISO 14496-3, 1.6.2.1): its first five bits. */
function aacCodec(trak: Buffer): string {
  const entry = needBox(trak, 'mdia', 'minf', 'stbl', 'stsd').subarray(8);
  const mp4a = findBox(entry, 'mp4a');
  if (mp4a === null) throw new Mp4Error(`sound is ${firstType(entry)}, expected AAC (mp4a)`);
  const esds = needBox(mp4a.subarray(28), 'esds').subarray(4);
  const config = decoderConfig(esds);
  return `mp4a.40.${config >> 3}`;
}

/** The first byte of the DecoderSpecificInfo (tag 5), inside DecoderConfig (4), inside ES (3). */
function decoderConfig(descriptors: Buffer): number {
  let at = 0;
  while (at < descriptors.length) {
    const tag = descriptors[at++];
    while (((descriptors[at] ?? 0) & 0x80) !== 0) at++;
    at++;
    if (tag === 3) at += 3;
    else if (tag === 4) at += 13;
    else if (tag === 5) return descriptors[at] ?? 0;
    else break;
  }
  throw new Mp4Error('no decoder configuration in esds');
}
