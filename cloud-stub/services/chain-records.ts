/**
 * The chain of finals, checked lazily: each final names the one before it, and clips arrive in any order. What does not
 * fit goes on record; it keeps no clip from being stored. [DEV-5]
 */
import { finalHash } from '../../device/wire/codec.ts';
import { type Final, finalSchema } from '../../device/wire/messages.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { ClipRow } from '../catalogue-tables.ts';
import type { ClipKey, Ledger, Writing } from '../ports.ts';

/** The hash that the next clip's `prev` names: of the first final, where an eviction replaced it. */
const chainHash = (final: Final): string => final.replaces ?? finalHash(final);

type Neighbour = Pick<ClipRow, 'clip' | 'seq' | 'final' | 'finalHash'>;

/** Compares a final with those before and after it, as far as they are here. */
export async function checkChain(
  tx: Writing,
  ledger: Ledger,
  key: ClipKey,
  final: Final,
  at: EpochMs,
): Promise<void> {
  const neighbours = await tx
    .selectFrom('clips')
    .select(['clip', 'seq', 'final', 'finalHash'])
    .where('thing', '=', key.thing)
    .where('seq', '>=', final.seq - 1)
    .where('seq', '<=', final.seq + 1)
    .where('clip', '<>', key.clip)
    .execute();
  for (const other of neighbours) {
    const because = misfit(final, other);
    if (because === null) continue;
    const facts = { because, seq: final.seq, other: other.clip, otherSeq: other.seq };
    await ledger.append(tx, { kind: 'chain-gap', at, actor: 'cloud', ...key, facts });
  }
}

function misfit(final: Final, other: Neighbour): string | null {
  if (other.seq === final.seq) return 'two clips with the same number';
  const otherFinal = other.final === null ? null : finalSchema.parse(JSON.parse(other.final));
  if (other.seq === final.seq - 1) {
    const hash = otherFinal === null ? other.finalHash : chainHash(otherFinal);
    return hash === null || hash === final.prev ? null : 'does not name the final before it';
  }
  if (otherFinal === null) return null; // nothing to compare: not here yet, or purged
  return otherFinal.prev === chainHash(final) ? null : 'is not named by the final after it';
}
