/**
 * Puts reads of footage on record, and the refused ones: one ledger entry per principal, clip and
 * hour. [LOG-1]
 */
import { type EpochMs, hours } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey, LedgerEntry, Ports } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';

export type FootageAccess = {
  /** Resolves once the read is on record; only then may a byte leave. */
  record(actor: string, key: ClipKey): Promise<void>;
  /**
   * Resolves once the refusal is on record. What was asked for is named only if there is such a
   * clip, since the ledger is nobody's notebook. Whoever asks for much gets one entry that says so.
   */
  refuse(actor: string, row: ClipRow | undefined): Promise<void>;
};

type Told = Pick<LedgerEntry, 'kind' | 'actor' | 'thing' | 'clip' | 'facts'>;

export function makeFootageAccess(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
): FootageAccess {
  const { catalogue, clock, ledger } = ports;
  let hour = -1;
  const recorded = new Set<string>();
  const refusals = new Map<string, number>();

  function keepToHour(at: EpochMs): void {
    const hourNow = Math.floor(at / hours(1));
    if (hourNow === hour && recorded.size < serviceLimits.accessesRememberedMax) return;
    hour = hourNow;
    recorded.clear();
    refusals.clear();
  }

  async function tell(told: Told): Promise<void> {
    const at = clock.now();
    keepToHour(at);
    const name = `${told.kind} ${told.actor} ${told.thing ?? ''}/${told.clip ?? ''}`;
    if (recorded.has(name)) return;
    const written = await ledger.actor(told.actor);
    await catalogue.write(async (tx) => {
      // What an earlier run of this process recorded counts as well.
      const before = await tx
        .selectFrom('ledger')
        .select('seq')
        .where('thing', 'is', told.thing ?? null)
        .where('clip', 'is', told.clip ?? null)
        .where('kind', '=', told.kind)
        .where('actor', '=', written)
        .where('at', '>=', (hour * hours(1)) as EpochMs)
        .executeTakeFirst();
      if (before === undefined) await ledger.append(tx, { ...told, at });
    });
    recorded.add(name);
  }

  return {
    record: (actor, { thing, clip }) =>
      tell({ kind: 'clip-viewed', actor, thing, clip, facts: {} }),

    async refuse(actor, row) {
      keepToHour(clock.now());
      const count = (refusals.get(actor) ?? 0) + 1;
      refusals.set(actor, count);
      const limit = serviceLimits.readRefusalsRecordedMax;
      if (count > limit) return;
      const what = row === undefined || count === limit ? {} : { thing: row.thing, clip: row.clip };
      const because = count === limit ? 'and more of them' : 'no clip of theirs to see';
      await tell({ kind: 'access-refused', actor, ...what, facts: { because } });
    },
  };
}
