/** Which frames are to be read, and how ffmpeg is asked for them. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import type { FfmpegBinary } from '../../device/peripherals/ffmpeg-binary.ts';
import { visionLimits } from '../../device/vision/vision-limits.ts';
import { nutOptions } from './nut-reader.ts';
import { stampFilters, stampOptions } from './time-code.ts';

export type LumaSource = {
  /** What messages call it: the video, or the folder of the images. */
  readonly path: string;
  /** Images in their order, all of one folder; null for a video. */
  readonly images: readonly string[] | null;
  /** Null takes the file's own times. Images need a rate. */
  readonly framesPerSecond: number | null;
  /** Null keeps the footage's own size: for masks. */
  readonly analysisWidthPx: number | null;
  /** With the width, the size exactly; else the height follows from the footage's proportions. */
  readonly analysisHeightPx?: number;
};

/** Frames a second where footage says none, or where frames only have to be told apart. */
export const carrierRate = 25;
/** Within what a reader takes. */
const maskWidthPxMax = 3_840;

/**
 * The size footage is analysed at: at most `widthPx` across, never enlarged, within what a detector may use. ffmpeg
 * works it out itself, so that no probing run is needed.
 */
export const analysisScale = (widthPx: number): string => {
  const fit = `sqrt(${visionLimits.pixelsMax}*iw/ih)`;
  const width = `trunc(min(min(${widthPx}\\,iw)\\,${fit})/2)*2`;
  return `scale=w='${width}':h='trunc(${width}*ih/iw/2+0.5)*2':flags=area`;
};

export function argumentsFor(source: LumaSource, { timing }: FfmpegBinary): string[] {
  const filters = [scaleFor(source), 'format=gray', ...stampFilters];
  return [
    ...['-hide_banner', '-nostats', '-nostdin', '-v', 'level+error'],
    // Pictures this small cost more to share among threads than to scale.
    ...['-filter_threads', '1', '-threads', String(decoderThreads()), ...inputOf(source)],
    // V: not the picture on the cover.
    ...['-map', '0:V:0', '-vf', filters.join(','), ...stampOptions(timing), ...nutOptions, '-'],
  ];
}

/**
 * ffmpeg would take one more than there are processors. Where those are few, whoever looks at the pictures holds up one
 * of its threads, and all wait for that one: two more have something to do meanwhile.
 */
function decoderThreads(): number {
  const processors = availableParallelism();
  return processors === 1 ? 1 : Math.min(decoderThreadsMax, processors + 3);
}

/** The most that ffmpeg recommends. */
const decoderThreadsMax = 16;

/** The arguments that open a source; the list of its images goes to ffmpeg's stdin. */
export const inputOf = (source: LumaSource): string[] =>
  source.images === null
    ? ['-i', `file:${source.path}`]
    : ['-f', 'concat', '-safe', '0', '-protocol_whitelist', 'file,pipe', '-i', 'pipe:0'];

function scaleFor({ analysisWidthPx, analysisHeightPx }: LumaSource): string {
  if (analysisWidthPx === null) return `scale=w='min(iw\\,${maskWidthPxMax})':h=-1:flags=neighbor`;
  if (analysisHeightPx === undefined) return analysisScale(analysisWidthPx);
  return `scale=w=${analysisWidthPx}:h=${analysisHeightPx}:flags=area`;
}

/** Where ffmpeg runs: a `%` in the path of an image would be taken for a pattern, so images are named from there. */
export const folderOf = ({ images }: LumaSource): string | undefined =>
  images?.[0] === undefined ? undefined : path.dirname(path.resolve(images[0]));

/** What goes to ffmpeg's stdin: images as its concat demuxer takes them, nothing for a video. */
export function imageList({ images }: LumaSource): string {
  if (images === null) return '';
  const lines = images.map((file) => `file 'file:${path.basename(file).replaceAll("'", "'\\''")}'`);
  return ['ffconcat version 1.0', ...lines, ''].join('\n');
}
