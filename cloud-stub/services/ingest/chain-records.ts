/**
 * The chain of finals, checked lazily: each final names the one before it, and clips arrive in any order. What does not
 * fit goes on record; it keeps no clip from being stored. [DEV-5]
 */
import { finalHash } from '../../../device/wire/codec.ts';
import { type Final, finalSchema } from '../../../device/wire/messages.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { ClipRow, Flag } from '../../catalogue-tables.ts';
import type { ClipKey, Ledger, Writing } from '../../ports.ts';
import { statement } from '../../ports-statement.ts';

/** Of a clip with a neighbouring number, what is compared: read as columns, since every commit asks for it. */
type Neighbour = Pick<ClipRow, 'clip' | 'seq' | 'finalHash'> & {
  /** 0: its final is not here yet, or was purged. */
  readonly hasFinal: Flag;
  /** Of a clip after this one. */
  readonly prev: string | null;
  readonly replaces: string | null;
  /** The final, where its hash was not kept: of a clip that was stored before it was. */
  readonly unhashed: string | null;
};

/** Compares a final with those before and after it, as far as they are here. */
export async function checkChain(
  tx: Writing,
  ledger: Ledger,
  key: ClipKey,
  final: Final,
  at: EpochMs,
): Promise<void> {
  // JSON is read where there is something to find: a clip mostly has the one before it for a neighbour.
  const neighbours = await statement<Neighbour>`
    select clip, seq, "finalHash", final is not null as "hasFinal",
      iif(seq > ${final.seq}, final ->> 'prev', null) as prev,
      iif(instr(final, '"replaces"') > 0, final ->> 'replaces', null) as replaces,
      iif("finalHash" is null, final, null) as unhashed
    from clips where thing = ${key.thing} and seq between ${final.seq - 1} and ${final.seq + 1}
    and clip <> ${key.clip}`.execute(tx);
  for (const other of neighbours) {
    const because = misfit(final, other);
    if (because === null) continue;
    const facts = { because, seq: final.seq, other: other.clip, otherSeq: other.seq };
    await ledger.append(tx, { kind: 'chain-gap', at, actor: 'cloud', ...key, facts });
  }
}

/** What the next clip's `prev` names is the hash of the first final, where an eviction replaced it. */
function misfit(final: Final, other: Neighbour): string | null {
  if (other.seq === final.seq) return 'two clips with the same number';
  if (other.seq === final.seq - 1) {
    const hash = other.replaces ?? other.finalHash ?? hashOf(other.unhashed);
    return hash === null || hash === final.prev ? null : 'does not name the final before it';
  }
  if (other.hasFinal === 0) return null;
  const named = final.replaces ?? finalHash(final);
  return other.prev === named ? null : 'is not named by the final after it';
}

const hashOf = (final: string | null): string | null =>
  final === null ? null : finalHash(finalSchema.parse(JSON.parse(final)));
