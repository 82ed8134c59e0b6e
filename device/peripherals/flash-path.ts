/** Names on the flash: what is allowed, so that no path leaves its folder. */
import { FlashError } from '../board.ts';

const segment = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/;
const segmentsMax = 8;

/** The segments of a path-like name. Throws FlashError for anything that could mean another place. */
export function flashSegments(path: string): readonly string[] {
  const segments = path.split('/');
  if (segments.length > segmentsMax || !segments.every((name) => segment.test(name))) {
    throw new FlashError(
      JSON.stringify(path).slice(0, 100),
      `not a flash path, expected at most ${segmentsMax} of A-Z a-z 0-9 _ . - between slashes, ` +
        'none beginning with a dot',
    );
  }
  return segments;
}

/** Folders may be the root, which is the empty name. */
export const flashFolderSegments = (folder: string): readonly string[] =>
  folder === '' ? [] : flashSegments(folder);
