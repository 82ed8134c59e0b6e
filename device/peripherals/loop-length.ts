/**
 * How long one round of looped footage lasts. ffmpeg's `-stream_loop` begins the next round after the last decoded
 * sound where there is any, not after the last picture, and the last AAC frame reaches past it: a script that went by
 * the footage's nominal length would fall behind by some 30 ms in each round.
 */

import { type FileHandle, open } from 'node:fs/promises';
import { Mp4Error } from '../wire/mp4-boxes.ts';
import { limits } from './limits.ts';
import { boxesIn, needBox, parseBoxes } from './mp4-boxes.ts';

/**
 * In milliseconds, or null for what is not an MP4 file with an index. `sound`: whether ffmpeg decodes it, copies it,
 * or leaves it out. The rule is that of `seek_to_start` in ffmpeg's fftools.
 */
export async function loopLengthMs(
  path: string,
  sound: 'decoded' | 'copied' | 'none',
): Promise<number | null> {
  await using file = await open(path);
  try {
    const moov = await readMoov(file);
    return moov === null ? null : parseBoxes(() => lengthOf(moov, sound));
  } catch (error) {
    // A script that drifts is better than no doorbell; ffmpeg has read this file already.
    if (error instanceof Mp4Error) return null;
    throw error;
  }
}

function lengthOf(moov: Buffer, sound: 'decoded' | 'copied' | 'none'): number | null {
  const tracks = [...boxesIn(moov)].filter(({ type }) => type === 'trak').map(({ body }) => body);
  const of = (handler: string): Buffer | undefined =>
    tracks.find((trak) => needBox(trak, 'mdia', 'hdlr').toString('latin1', 8, 12) === handler);
  const [video, audio] = [of('vide'), of('soun')];
  if (video === undefined) return null;
  const videoMs = durationMs(video);
  if (audio === undefined || sound === 'none') return videoMs;
  const { count, sampleMs } = samplesOf(audio);
  return sound === 'decoded' ? count * sampleMs : Math.max(videoMs, (count - 1) * sampleMs);
}

function durationMs(trak: Buffer): number {
  const mdhd = needBox(trak, 'mdia', 'mdhd');
  const isLong = mdhd[0] === 1;
  const timescaleHz = mdhd.readUInt32BE(isLong ? 20 : 12);
  const ticks = isLong ? Number(mdhd.readBigUInt64BE(24)) : mdhd.readUInt32BE(16);
  return (ticks * 1000) / timescaleHz;
}

/** All AAC frames of a track are equally long; the first entry says how long. */
function samplesOf(trak: Buffer): { readonly count: number; readonly sampleMs: number } {
  const mdhd = needBox(trak, 'mdia', 'mdhd');
  const timescaleHz = mdhd.readUInt32BE(mdhd[0] === 1 ? 20 : 12);
  const table = needBox(trak, 'mdia', 'minf', 'stbl');
  const stts = needBox(table, 'stts');
  const count = needBox(table, 'stsz').readUInt32BE(8);
  return { count, sampleMs: (stts.readUInt32BE(12) * 1000) / timescaleHz };
}

/** The body of the first `moov` box, wherever in the file it stands. */
async function readMoov(file: FileHandle): Promise<Buffer | null> {
  const head = Buffer.alloc(16);
  let at = 0;
  for (;;) {
    const { bytesRead } = await file.read(head, 0, 16, at);
    if (bytesRead < 16) return null;
    const short = head.readUInt32BE(0);
    const size = short === 1 ? Number(head.readBigUInt64BE(8)) : short;
    const headBytes = short === 1 ? 16 : 8;
    if (size < headBytes) return null;
    if (head.toString('latin1', 4, 8) === 'moov') {
      if (size > limits.boxBytesMax) return null;
      const body = Buffer.alloc(size - headBytes);
      await file.read(body, 0, body.length, at + headBytes);
      return body;
    }
    at += size;
  }
}
