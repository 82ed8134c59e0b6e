/** Programs that some tests need. Absent, the tests skip and say what they miss; in CI they are required. */
import { execFileSync } from 'node:child_process';

const places = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  mosquitto: ['mosquitto', '/usr/sbin/mosquitto', '/usr/local/sbin/mosquitto'],
  ffmpeg: ['ffmpeg'],
  ffprobe: ['ffprobe'],
  openssl: ['openssl'],
  sha256sum: ['sha256sum'],
} as const;

export type Program = keyof typeof places;

/** The program's path (or what `<NAME>_BIN` says), or null. Throws in CI, where nothing may be skipped. */
export function findProgram(program: Program): string | null {
  const named = process.env[`${program.toUpperCase()}_BIN`];
  if (named !== undefined) return named;
  for (const candidate of places[program]) {
    try {
      const found = execFileSync('/bin/sh', ['-c', 'command -v "$1"', 'sh', candidate], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      return found.trim();
    } catch {
      // not there: the next candidate
    }
  }
  if (process.env['CI'] === 'true') throw new Error(`CI must have ${program}: see .ci/run`);
  return null;
}
