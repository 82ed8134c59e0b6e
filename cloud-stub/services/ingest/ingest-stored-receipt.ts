/** The answer to a device whose clip is stored already. [WIRE-6] */
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { Receipt } from '../../../device/wire/messages.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import { stillsOf } from '../clip-rows.ts';
import type { IngestWorld } from './ingest-world.ts';

export const storedReceipt = (row: ClipRow, stills: readonly Ulid[]): Receipt => ({
  v: 1,
  clip: row.clip,
  state: 'stored',
  next: row.chunks,
  have: row.chunks === 0 ? [] : [[0, row.chunks - 1]],
  window: limits.windowDefault,
  ...(stills.length === 0 ? {} : { stills: stills.slice(0, limits.stillsPerClipMax) }),
});

/** Which stills are left of a clip out of sight differs with what holds it: none is named. [DEL-4] */
export async function stillsInSight(
  { catalogue, clock, custody }: Pick<IngestWorld, 'catalogue' | 'clock' | 'custody'>,
  row: ClipRow,
): Promise<readonly Ulid[]> {
  return custody.isVisible(row, clock.now()) ? stillsOf(catalogue.read, row) : [];
}
