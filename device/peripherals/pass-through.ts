/** Whether footage may go out as it is, without being encoded anew. */
import type { ImagerSettings } from '../board.ts';
import type { FootageFacts } from './footage-probe.ts';
import type { FootageSource } from './footage-source.ts';
import { limits } from './limits.ts';

/** Null when it may, otherwise why not. Reads all packets of the file up to the first that is unfit. */
export async function passThroughRefusal(
  source: FootageSource,
  settings: ImagerSettings,
  facts: FootageFacts,
): Promise<string | null> {
  if (settings.clockOverlay) return 'a clock overlay is to be burnt in';
  if (settings.privacyMasks.length > 0) return 'privacy masks are to be burnt in';
  if (source.kind !== 'file') return 'only a file can be examined for its IDR pictures';
  if (facts.videoCodec !== 'h264') return `its video is ${facts.videoCodec}, expected h264`;
  if (settings.audio && facts.audioCodec !== null && facts.audioCodec !== 'aac') {
    return `its sound is ${facts.audioCodec}, expected aac`;
  }
  return idrRefusal(source.path);
}

async function idrRefusal(path: string): Promise<string | null> {
  // Loaded here only: the usual start, which encodes, need not wait for it.
  const { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } = await import('mediabunny');
  const input = new Input({ formats: ALL_FORMATS, source: new FilePathSource(path) });
  try {
    const track = await input.getPrimaryVideoTrack();
    if (track === null) return 'no video track could be read';
    const packets = new EncodedPacketSink(track).packets(undefined, undefined, {
      verifyKeyPackets: true,
    });
    return await firstFlaw(packets, await track.computeDuration());
  } catch (error) {
    // Its reader knows fewer containers than ffmpeg: what it cannot read is encoded instead.
    return `its packets could not be read: ${error instanceof Error ? error.message : error}`;
  } finally {
    input.dispose();
  }
}

type Packet = {
  readonly type: 'key' | 'delta';
  /** In seconds. */
  readonly timestamp: number;
  readonly duration: number;
};

async function firstFlaw(
  packets: AsyncIterable<Packet>,
  durationS: number,
): Promise<string | null> {
  let keyMs: number | null = null;
  let endMs = 0;
  let shownMs = -Infinity;
  for await (const packet of packets) {
    const startMs = packet.timestamp * 1000;
    // A picture shown later than the next ones are stored could not be a still at once.
    if (startMs < shownMs) return 'its pictures are stored in another order than shown (B-frames)';
    shownMs = startMs;
    if (packet.type === 'key') keyMs = startMs;
    if (keyMs === null) return 'its first picture is no IDR';
    endMs = Math.max(endMs, startMs + packet.duration * 1000);
    // Half a millisecond for the container's rounding.
    if (endMs - keyMs > limits.fragmentMsMax + 0.5) {
      const at = (keyMs / 1000).toFixed(1);
      return `no IDR within ${limits.fragmentMsMax} ms after the one at ${at} s`;
    }
  }
  if (keyMs === null) return 'it holds no pictures';
  // The reader stops where the file was cut, and says nothing; ffmpeg would hand on half a picture.
  const isCut = endMs < durationS * 1000 - 0.5;
  return isCut ? `it is cut short at ${(endMs / 1000).toFixed(1)} s` : null;
}
