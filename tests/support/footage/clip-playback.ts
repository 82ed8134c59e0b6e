/** What a player makes of a clip's bytes. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ALL_FORMATS, BufferSource, EncodedPacketSink, Input } from 'mediabunny';
import { findProgram } from '../requirement.ts';

export type Playback = {
  readonly beginsWithKeyFrame: boolean;
  /** Of the first picture, on the clip's own time. */
  readonly firstPictureMs: number;
  /** How far the first sound is from the first picture; null without sound. */
  readonly soundOffsetMs: number | null;
  /** How far the end of the sound is from the end of the pictures; null without sound. */
  readonly soundEndOffsetMs: number | null;
  readonly pictures: number;
  readonly durationMs: number;
};

/** Reads the whole file. */
export async function playbackOf(bytes: Uint8Array): Promise<Playback> {
  const input = new Input({ formats: ALL_FORMATS, source: new BufferSource(bytes) });
  const video = await input.getPrimaryVideoTrack();
  if (video === null) throw new Error('no video track');
  const sink = new EncodedPacketSink(video);
  const first = await sink.getFirstPacket({ verifyKeyPackets: true });
  let pictures = 0;
  for await (const _ of sink.packets()) pictures++;
  const audio = await input.getPrimaryAudioTrack();
  const firstS = first?.timestamp ?? Number.NaN;
  const endS = await video.computeDuration();
  return {
    beginsWithKeyFrame: first?.type === 'key',
    firstPictureMs: firstS * 1000,
    soundOffsetMs: audio === null ? null : ((await audio.getFirstTimestamp()) - firstS) * 1000,
    soundEndOffsetMs: audio === null ? null : ((await audio.computeDuration()) - endS) * 1000,
    pictures,
    durationMs: endS * 1000,
  };
}

/** What ffprobe complains about when it decodes every picture and sound; empty where there is no ffprobe. */
export async function complaintsOf(bytes: Uint8Array, folder: string): Promise<string> {
  const ffprobe = findProgram('ffprobe');
  if (ffprobe === null) return '';
  const file = join(folder, `clip-${bytes.length}.mp4`);
  await writeFile(file, bytes);
  const run = promisify(execFile);
  const { stderr } = await run(ffprobe, ['-v', 'error', '-count_frames', '-show_streams', file]);
  return stderr;
}
