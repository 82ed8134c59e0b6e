/** Stills: a JPEG at the trigger, and if wanted a second one with what moved drawn in. */
import { type Imager, ImagerError, type NormalisedBox } from '../board.ts';
import type { Settings } from '../core/settings.ts';
import type { Log } from '../log.ts';
import { sealedStillOverheadBytes } from '../wire/footage-sealing.ts';
import type { Ulid } from '../wire/ids.ts';
import { limits } from '../wire/limits.ts';
import type { ClipSealing } from './clip-sealing.ts';
import type { Spool } from './spool.ts';

export type Stills = {
  /** Takes the stills of a trigger. A camera that gives none is logged, and the clip goes on without. */
  atTrigger(clip: Ulid, regions: readonly NormalisedBox[]): Promise<void>;
  /** Throws ImagerError. Null when the clip has as many as it may, or the spool is full. */
  take(clip: Ulid): Promise<Ulid | null>;
  /** The first still of a stream takes the camera longest: one is taken before a visitor waits for it, for nobody. */
  warmUp(): Promise<void>;
  configure(settings: Settings['still']): void;
};

export function createStills(
  imager: Pick<Imager, 'still'>,
  spool: Spool,
  sealing: ClipSealing,
  initial: Settings['still'],
  log: Log,
): Stills {
  let settings = initial;

  async function take(clip: Ulid, regions?: readonly NormalisedBox[]): Promise<Ulid | null> {
    const sealer = sealing.of(clip);
    const bytesMax = limits.stillBytesMax - (sealer === null ? 0 : sealedStillOverheadBytes);
    const { jpeg } = await imager.still({
      bytesMax,
      widthPxMax: settings.widthPxMax,
      ...(regions === undefined ? {} : { regions }),
    });
    if (jpeg.length > bytesMax) {
      throw new ImagerError(`a still of ${jpeg.length} bytes, more than ${bytesMax}`);
    }
    return spool.keepStill(clip, jpeg, sealer);
  }

  return {
    take: (clip) => take(clip),
    async atTrigger(clip, regions) {
      try {
        const still = await take(clip);
        if (still === null) log.warn({ clip }, 'kept no still');
        if (settings.regions && regions.length > 0) await take(clip, regions);
      } catch (error) {
        if (!(error instanceof ImagerError)) throw error;
        log.warn({ clip, because: error.message }, 'the camera gave no still');
      }
    },
    async warmUp() {
      const { widthPxMax } = settings;
      try {
        await imager.still({ bytesMax: limits.stillBytesMax, widthPxMax });
      } catch (error) {
        // Whoever wants one later is told.
        if (!(error instanceof ImagerError)) throw error;
      }
    },
    configure(wanted) {
      settings = wanted;
    },
  };
}
