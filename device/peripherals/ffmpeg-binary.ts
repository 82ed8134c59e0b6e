/** Finds an ffmpeg that runs here and has x264. */
import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { limits } from './limits.ts';

export type FfmpegBinary = {
  readonly path: string;
  readonly version: string;
  readonly from: FfmpegOrigin;
  /** The option for what becomes of frames' times: the one came with ffmpeg 5.1, the other is gone from 9. */
  readonly timing: '-fps_mode' | '-vsync';
};
export type FfmpegOrigin = 'FFMPEG_BIN' | 'ffmpeg-static' | 'PATH' | '@ffmpeg-installer/ffmpeg';

/** One place that was looked at, and why it does not serve. */
export type FfmpegRefusal = { readonly from: FfmpegOrigin; readonly because: string };

/** No place holds a usable ffmpeg; `tried` names each. */
export class FfmpegMissingError extends Error {
  override readonly name = 'FfmpegMissingError';
  readonly tried: readonly FfmpegRefusal[];
  constructor(tried: readonly FfmpegRefusal[]) {
    const places = tried.map(({ from, because }) => `${from} (${because})`).join('; ');
    super(
      `no usable ffmpeg with libx264 for ${process.platform}-${process.arch}; tried ${places}; ` +
        'install ffmpeg 4.1 or later, or set FFMPEG_BIN to its path',
    );
    this.tried = tried;
  }
}

/** Where to look; the default is this process's environment and this project's packages. */
export type FfmpegPlaces = {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The path a package exports, or null when the package is not installed or not for this machine. */
  readonly packagePath: (name: 'ffmpeg-static' | '@ffmpeg-installer/ffmpeg') => string | null;
};

/**
 * The first usable ffmpeg of: FFMPEG_BIN, ffmpeg-static, `ffmpeg` on PATH, @ffmpeg-installer/ffmpeg.
 * One that cannot write the clock into the picture is taken only where no other can.
 * A FFMPEG_BIN that does not serve is an error at once: who names a binary wants that one.
 * Without `places`, this process's own, which are searched once.
 * Throws FfmpegMissingError.
 */
export async function findFfmpeg(places?: FfmpegPlaces): Promise<FfmpegBinary> {
  if (places !== undefined) return search(places);
  const { FFMPEG_BIN = '', PATH = '' } = process.env;
  const asked = `${FFMPEG_BIN}\0${PATH}`;
  const known = foundHere.get(asked);
  if (known !== undefined) return known;
  const found = await search(hostPlaces);
  foundHere.set(asked, found);
  return found;
}

/** To ask a binary costs as much as to start it, and a scorer would ask before each file. */
const foundHere = new Map<string, FfmpegBinary>();

async function search(places: FfmpegPlaces): Promise<FfmpegBinary> {
  const tried: FfmpegRefusal[] = [];
  let wordless: FfmpegBinary | null = null;
  for (const [from, find] of candidates(places)) {
    const path = await find();
    if (path === null) {
      tried.push({ from, because: from === 'FFMPEG_BIN' ? 'not set' : 'not there' });
      continue;
    }
    const verdict = await examine(path);
    if (verdict.ok) {
      const found = { path, version: verdict.version, from, timing: verdict.timing };
      if (from === 'FFMPEG_BIN' || (await writesText(path))) return found;
      wordless ??= found;
      continue;
    }
    tried.push({ from, because: `${path}: ${verdict.because}` });
    if (from === 'FFMPEG_BIN') break;
  }
  if (wordless !== null) return wordless;
  throw new FfmpegMissingError(tried);
}

/** Whether it can burn the clock in: static builds of ffmpeg 7 cannot. Without the overlay they serve. */
async function writesText(path: string): Promise<boolean> {
  const { stdout } = await ask(path, 'filter=drawtext');
  return stdout.includes('Filter drawtext');
}

type Find = () => Promise<string | null>;

const candidates = (places: FfmpegPlaces): readonly (readonly [FfmpegOrigin, Find])[] => [
  ['FFMPEG_BIN', async () => places.env['FFMPEG_BIN'] || null],
  ['ffmpeg-static', async () => places.packagePath('ffmpeg-static')],
  ['PATH', () => onPath('ffmpeg', places.env['PATH'] ?? '')],
  ['@ffmpeg-installer/ffmpeg', async () => places.packagePath('@ffmpeg-installer/ffmpeg')],
];

type Verdict =
  | {
      readonly ok: true;
      readonly version: string;
      readonly timing: FfmpegBinary['timing'];
    }
  | { readonly ok: false; readonly because: string };

/** Runs it once: the banner gives the version, the encoder's help shows whether x264 is in it. */
async function examine(path: string): Promise<Verdict> {
  return judge(await ask(path, 'encoder=libx264'));
}

type Answer = {
  readonly error: (Error & { code?: unknown; killed?: boolean }) | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Its help on a topic. */
const ask = (path: string, topic: string): Promise<Answer> =>
  new Promise((resolve) => {
    execFile(
      path,
      ['-h', topic],
      { timeout: limits.ffmpegCheckMs, killSignal: 'SIGKILL', windowsHide: true },
      (error, stdout, stderr) => resolve({ error, stdout, stderr }),
    );
  });

function judge({ error, stdout, stderr }: Answer): Verdict {
  if (error?.killed === true) {
    return { ok: false, because: `did not answer within ${limits.ffmpegCheckMs / 1000} s` };
  }
  if (typeof error?.code === 'string') return { ok: false, because: spawnFailure(error.code) };
  const banner = stderr + stdout;
  const version = /ffmpeg version (\S+)/.exec(banner)?.[1];
  if (version === undefined) return { ok: false, because: 'runs, but is not ffmpeg' };
  if (!stdout.includes('Encoder libx264')) return { ok: false, because: 'has no libx264' };
  return { ok: true, version, timing: timingOf(banner) };
}

/** By the library's version: builds between releases name themselves by date or commit. */
function timingOf(banner: string): FfmpegBinary['timing'] {
  const [, major = 0, minor = 0] = /libavutil +(\d+)\. *(\d+)/.exec(banner)?.map(Number) ?? [];
  return major > 57 || (major === 57 && minor >= 28) ? '-fps_mode' : '-vsync';
}

function spawnFailure(code: string): string {
  if (code === 'ENOENT') return 'no such file';
  if (code === 'EACCES') return 'not executable';
  // What a binary for another processor answers.
  if (code === 'ENOEXEC' || code === 'UNKNOWN') return `not a program for ${process.arch}`;
  return code;
}

async function onPath(name: string, path: string): Promise<string | null> {
  for (const folder of path.split(delimiter)) {
    if (folder === '') continue;
    const file = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
    try {
      await access(file, constants.X_OK);
      return file;
    } catch {
      // Not in this folder; the next one may have it.
    }
  }
  return null;
}

const hostPlaces: FfmpegPlaces = { env: process.env, packagePath: hostPackagePath };

function hostPackagePath(name: string): string | null {
  let found: unknown;
  try {
    found = createRequire(import.meta.url)(name);
  } catch {
    // An optional dependency: not installed, or it throws as it has no binary for this machine.
    return null;
  }
  if (typeof found === 'string') return found;
  const path = (found as { path?: unknown } | null)?.path;
  return typeof path === 'string' ? path : null;
}
