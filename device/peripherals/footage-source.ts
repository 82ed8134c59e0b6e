/** Where pictures come from, and how ffmpeg is told to read them. */
import { readdir, stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { ImagerError } from '../board.ts';
import { addressName, isNetworkAddress, isRtsp } from './camera-address.ts';

export type FootageSource =
  | { readonly kind: 'file'; readonly path: string; readonly playback: Playback }
  | { readonly kind: 'images'; readonly folder: string; readonly playback: Playback }
  | { readonly kind: 'url'; readonly url: string; readonly rtspTransport: RtspTransport }
  | { readonly kind: 'camera'; readonly device: string }
  | { readonly kind: 'pattern'; readonly pattern: string; readonly pace: Playback['pace'] };

export type Playback = {
  readonly mode: 'loop' | 'once';
  /** `fast`: as fast as it can be read; for replay, not for doorbells that somebody watches. */
  readonly pace: 'real-time' | 'fast';
};

/** How an RTSP camera sends; other addresses know nothing of it. */
export type RtspTransport = 'tcp' | 'udp';

/** An input as ffmpeg takes it: options, then what stands behind `-i`. */
export type FfmpegInput = { readonly options: readonly string[]; readonly target: string };

const imageExtensions = ['.jpg', '.jpeg', '.png', '.bmp', '.webp'];

/**
 * Understands `rtsp://`, `http://`, `https://`, `v4l2:/dev/video0`, `lavfi:<pattern>`, a folder of images
 * and a file. Throws ImagerError when there is no such file or folder.
 */
export async function parseSource(
  text: string,
  playback: Playback,
  rtspTransport: RtspTransport = 'tcp',
): Promise<FootageSource> {
  if (isNetworkAddress(text)) return { kind: 'url', url: text, rtspTransport };
  if (text.startsWith('v4l2:')) return { kind: 'camera', device: text.slice('v4l2:'.length) };
  if (text.startsWith('lavfi:')) {
    return { kind: 'pattern', pattern: text.slice('lavfi:'.length), pace: playback.pace };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(text)) {
    throw new ImagerError(`camera ${addressName(text)}: ${unknownScheme}`);
  }
  const path = resolve(text);
  const found = await stat(path).catch(() => null);
  if (found === null) {
    throw new ImagerError(
      `footage ${path}: nothing there, expected a video file, a folder of images, an rtsp or http ` +
        'URL, v4l2:<device> or lavfi:<pattern>',
    );
  }
  return found.isDirectory()
    ? { kind: 'images', folder: path, playback }
    : { kind: 'file', path, playback };
}

/** Whether it plays the same from the start each time, so that what fails at once can never work. */
export const isReplayed = (source: FootageSource): boolean =>
  source.kind === 'file' || source.kind === 'images' || source.kind === 'pattern';

export const isFast = (source: FootageSource): boolean =>
  source.kind === 'pattern'
    ? source.pace === 'fast'
    : 'playback' in source && source.playback.pace === 'fast';

/** Whether ffmpeg itself holds the reading back to real time. */
export const isPaced = (source: FootageSource): boolean =>
  source.kind === 'url' ? !isRtsp(source.url) : isReplayed(source) && !isFast(source);

const unknownScheme = 'not a kind of address that is known, expected rtsp, rtsps, http or https';

export const sourceName = (source: FootageSource): string => {
  switch (source.kind) {
    case 'file':
      return `footage ${source.path}`;
    case 'images':
      return `images in ${source.folder}`;
    case 'url':
      return `camera ${addressName(source.url)}`;
    case 'camera':
      return `camera ${source.device}`;
    case 'pattern':
      return `pattern ${source.pattern}`;
  }
};

/** Throws ImagerError for a folder that holds no images of one kind. */
export async function ffmpegInput(
  source: FootageSource,
  framesPerSecond: number,
): Promise<FfmpegInput> {
  switch (source.kind) {
    case 'file':
      return { options: [...pacing(source.playback), ...lowDelay], target: source.path };
    case 'images':
      return {
        options: [
          ...['-f', 'image2', '-pattern_type', 'glob', '-framerate', `${framesPerSecond}`],
          ...(source.playback.mode === 'loop' ? ['-loop', '1'] : []),
          ...(source.playback.pace === 'real-time' ? ['-re'] : []),
        ],
        target: await imageGlob(source.folder),
      };
    case 'url':
      return { options: [...liveOptions(source), ...lowDelay], target: source.url };
    case 'camera':
      return { options: ['-f', 'v4l2', ...lowDelay], target: source.device };
    case 'pattern':
      return {
        options: [...(source.pace === 'real-time' ? ['-re'] : []), '-f', 'lavfi'],
        target: source.pattern,
      };
  }
}

const pacing = ({ mode, pace }: Playback): readonly string[] => [
  ...(mode === 'loop' ? ['-stream_loop', '-1'] : []),
  ...(pace === 'real-time' ? ['-re'] : []),
];

// Decoding with a thread for each picture would hold back as many pictures as there are threads.
const lowDelay = ['-threads', '1'];

const liveOptions = ({
  url,
  rtspTransport,
}: Extract<FootageSource, { kind: 'url' }>): readonly string[] => [
  ...['-analyzeduration', '1000000', '-probesize', '1000000', '-fflags', 'nobuffer'],
  // What comes by HTTP may be a file, which would be read as fast as it can be.
  ...(isRtsp(url) ? ['-rtsp_transport', rtspTransport] : ['-re']),
];

async function imageGlob(folder: string): Promise<string> {
  const names = await readdir(folder);
  const kinds = new Set(
    names.map((name) => extname(name)).filter((ext) => imageExtensions.includes(ext.toLowerCase())),
  );
  const [kind] = kinds;
  if (kind === undefined || kinds.size > 1) {
    const found = kind === undefined ? 'none' : [...kinds].join(' and ');
    throw new ImagerError(
      `images in ${folder}: found ${found}, expected pictures of one kind (${imageExtensions.join(' ')})`,
    );
  }
  return `${folder.replace(/[\\*?[\]{}%]/g, '\\$&')}/*${kind}`;
}
