/** What a clip's row alone lets the cloud answer its device, when no session speaks for it. [WIRE-6] */
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { Receipt } from '../../../device/wire/messages.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import { stillsOf } from '../clip-rows.ts';
import type { IngestWorld } from './ingest-world.ts';

/** Its final was accepted: it is stored, or was. The hash outlives the final. [RET-6] */
export const isFinished = ({ final, finalHash }: ClipRow): boolean =>
  final !== null || finalHash !== null;

/**
 * `stored` lets the device forget the clip, so no other answer to it says that. [DEV-4] Of an unfinished one nothing is
 * named: it is out of sight, and begins anew with the next opening. [DEL-4]
 */
export function rowReceipt(row: ClipRow, stills: readonly Ulid[]): Receipt {
  const chunks = isFinished(row) ? row.chunks : 0;
  return {
    v: 1,
    clip: row.clip,
    state: isFinished(row) ? 'stored' : 'receiving',
    next: chunks,
    have: chunks === 0 ? [] : [[0, chunks - 1]],
    window: limits.windowDefault,
    ...(stills.length === 0 ? {} : { stills: stills.slice(0, limits.stillsPerClipMax) }),
  };
}

/** Which stills are left of a clip out of sight differs with what holds it: none is named. [DEL-4] */
export async function stillsInSight(
  { catalogue, clock, custody }: Pick<IngestWorld, 'catalogue' | 'clock' | 'custody'>,
  row: ClipRow,
): Promise<readonly Ulid[]> {
  return custody.isVisible(row, clock.now()) ? stillsOf(catalogue.read, row) : [];
}
