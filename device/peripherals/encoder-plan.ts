/** What one ffmpeg is asked to do: one decode, masks, then `split` into analysis luma and encoded video. */
import type { ImagerSettings, NormalisedBox } from '../board.ts';
import type { EpochMs } from '../wire/time.ts';
import type { ColorMatrix } from './footage-probe.ts';
import type { FfmpegInput } from './footage-source.ts';

/** Pictures leave the camera at this rate whatever the footage's own: doorbells have one. */
export type CameraSettings = {
  readonly framesPerSecond: number;
  readonly x264Preset: string;
};
export const defaultCamera: CameraSettings = { framesPerSecond: 15, x264Preset: 'veryfast' };

export type VideoPath = 'x264' | 'pass-through';

export type EncoderPlan = {
  readonly input: FfmpegInput;
  readonly filters: readonly string[];
  readonly lumaOptions: readonly string[];
  readonly videoOptions: readonly string[];
  /** What the clock overlay says, in drawtext's own language; null without overlay. */
  readonly clockText: string | null;
};

export type PlanWish = {
  readonly input: FfmpegInput;
  readonly colorMatrix: ColorMatrix;
  readonly settings: ImagerSettings;
  readonly camera: CameraSettings;
  readonly path: VideoPath;
  /** Device wall-clock time of the first picture. */
  readonly startsAt: EpochMs;
  readonly fontFile: string;
  /** Where the clock's text will stand. */
  readonly clockFile: string;
};

export function planEncoder(wish: PlanWish): EncoderPlan {
  const { settings, camera } = wish;
  const copies = wish.path === 'pass-through';
  const analysisRate = Math.min(settings.analysisFramesPerSecond, camera.framesPerSecond);
  const masks = settings.privacyMasks.map(maskFilter);
  const clock = settings.clockOverlay ? [clockFilter(wish.fontFile, wish.clockFile)] : [];
  // Masks come before the split: a masked pixel leaves ffmpeg by neither way.
  const camerasEye = [`fps=${camera.framesPerSecond}`, ...masks].join(',');
  const luma = [
    `fps=${analysisRate}`,
    `scale=${settings.analysisWidthPx}:-2:flags=area:out_range=tv`,
    'format=gray',
  ].join(',');
  const filters = copies
    ? [`[0:v:0]${camerasEye},${luma}[luma]`]
    : [
        `[0:v:0]${camerasEye},split=2[eye][picture]`,
        `[eye]${luma}[luma]`,
        `[picture]${[...clock, videoScale(wish.colorMatrix), 'format=yuv420p'].join(',')}[video]`,
      ];
  return {
    input: wish.input,
    filters,
    lumaOptions: ['-map', '[luma]', '-f', 'yuv4mpegpipe'],
    videoOptions: [
      ...(copies ? ['-map', '0:v:0', '-c:v', 'copy'] : x264Options(wish)),
      ...(settings.audio ? audioOptions(copies) : []),
      ...mp4Options,
    ],
    clockText: settings.clockOverlay ? clockText(wish.startsAt) : null,
  };
}

/**
 * Even sizes, as 4:2:0 needs them, in studio range. The colour matrix stays the footage's own (ffmpeg 4 does not
 * convert between two of them); naming it matters for footage in RGB.
 */
const videoScale = (matrix: ColorMatrix): string =>
  `scale=trunc(iw/2)*2:trunc(ih/2)*2:in_color_matrix=${matrix}:out_color_matrix=${matrix}:out_range=tv`;

/** Matrix, primaries and transfer, as the encoder writes them into the stream. */
const colorTags: Readonly<Record<ColorMatrix, readonly [string, string, string]>> = {
  bt601: ['smpte170m', 'smpte170m', 'smpte170m'],
  bt709: ['bt709', 'bt709', 'bt709'],
  bt2020: ['bt2020nc', 'bt2020', 'bt2020-10'],
};

function x264Options({ settings, camera, colorMatrix }: PlanWish): readonly string[] {
  const bits = settings.videoBitsPerSecond;
  const [matrix, primaries, transfer] = colorTags[colorMatrix];
  return [
    ...['-map', '[video]', '-c:v', 'libx264', '-preset', camera.x264Preset],
    ...['-tune', 'zerolatency', '-bf', '0', '-pix_fmt', 'yuv420p'],
    ...['-colorspace', matrix, '-color_primaries', primaries, '-color_trc', transfer],
    ...['-color_range', 'tv'],
    // An IDR every second exactly, and none between: fragments begin on one.
    ...['-g', `${camera.framesPerSecond}`, '-keyint_min', `${camera.framesPerSecond}`],
    ...['-sc_threshold', '0'],
    // Nearly constant, as the link's budget is: a busy picture must not make the upload lag.
    ...['-b:v', `${bits}`, '-maxrate', `${Math.round(bits * 1.2)}`, '-bufsize', `${bits}`],
    // One thread costs least, and its bytes do not depend on the number of processors.
    ...['-threads', '1'],
  ];
}

const audioOptions = (copies: boolean): readonly string[] =>
  copies
    ? ['-map', '0:a:0?', '-c:a', 'copy']
    : ['-map', '0:a:0?', '-c:a', 'aac', '-b:a', '64k', '-ac', '1', '-ar', '48000'];

/**
 * A fragment for each sample, so that a still lags by one picture and not by a GOP. `frag_discont` makes ffmpeg 5
 * keep the decode times of sound; without it they jump by a frame now and then.
 */
const mp4Options: readonly string[] = [
  ...['-video_track_timescale', '90000', '-map_metadata', '-1', '-fflags', '+bitexact'],
  ...['-max_interleave_delta', '200000', '-flush_packets', '1', '-f', 'mp4'],
  ...['-movflags', '+frag_every_frame+empty_moov+default_base_moof+frag_discont'],
];

const maskFilter = (mask: NormalisedBox): string =>
  `drawbox=x=iw*${mask.x}:y=ih*${mask.y}:w=iw*${mask.width}:h=ih*${mask.height}` +
  ':color=black:t=fill';

const clockFilter = (fontFile: string, clockFile: string): string =>
  `drawtext=fontfile=${filterText(fontFile)}:textfile=${filterText(clockFile)}` +
  ':fontsize=h/30:fontcolor=white:box=1:boxcolor=black@0.5:boxborderw=4:x=w/80:y=h/60';

/** The time of each picture: the start's, plus its presentation time. */
const clockText = (startsAt: EpochMs): string =>
  `%{pts:gmtime:${(startsAt / 1000).toFixed(3)}:%Y-%m-%d %H\\:%M\\:%S} UTC`;

/** A value inside a filter's options, inside a filter graph: two levels of escaping. */
const filterText = (text: string): string =>
  text.replace(/[\\':]/g, '\\$&').replace(/[\\'[\],;]/g, '\\$&');
