/**
 * A picture of the live view with what the detector saw in it, as a JPEG comment (ITU-T T.81, B.2.4.5), which any
 * viewer passes over.
 */
import type { Observation } from '../vision/observation.ts';

const regionsMax = 16;
const startOfImage = [0xff, 0xd8];
const commentMarker = [0xff, 0xfe];

/**
 * The same JPEG with a comment of JSON: `{motion, regions}`, each region `[x, y, width, height, score]`, strongest
 * first, 0 to 1 from the top left. Unchanged when it would grow beyond `bytesMax`.
 */
export function annotatedFrame(
  jpeg: Uint8Array,
  seen: Pick<Observation, 'motion' | 'regions'> | null,
  bytesMax: number,
): Uint8Array {
  if (seen === null || jpeg[0] !== startOfImage[0] || jpeg[1] !== startOfImage[1]) return jpeg;
  const rounded = (n: number): number => Math.round(n * 1000) / 1000;
  const regions = seen.regions
    .slice(0, regionsMax)
    .map(({ box, score }) => [box.x, box.y, box.width, box.height, score].map(rounded));
  const text = Buffer.from(JSON.stringify({ motion: seen.motion, regions }));
  const length = text.length + 2;
  const head = [...startOfImage, ...commentMarker, length >> 8, length & 0xff];
  const annotated = Buffer.concat([Buffer.from(head), text, jpeg.subarray(2)]);
  return annotated.length <= bytesMax ? annotated : jpeg;
}
