/** Puts reads of footage on record: one ledger entry per principal, clip and hour. [LOG-1] */
import { type EpochMs, hours } from '../../device/wire/time.ts';
import type { ClipKey, Ports } from '../ports.ts';
import { serviceLimits } from './service-limits.ts';

export type FootageAccess = {
  /** Resolves once the read is on record; only then may a byte leave. */
  record(actor: string, key: ClipKey): Promise<void>;
};

export function makeFootageAccess(
  ports: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
): FootageAccess {
  const { catalogue, clock, ledger } = ports;
  let hour = -1;
  const recorded = new Set<string>();

  return {
    async record(actor, { thing, clip }) {
      const at = clock.now();
      const hourNow = Math.floor(at / hours(1));
      if (hourNow !== hour) {
        hour = hourNow;
        recorded.clear();
      }
      const name = `${actor} ${thing}/${clip}`;
      if (recorded.has(name)) return;
      const written = await ledger.actor(actor);
      await catalogue.write(async (tx) => {
        // What an earlier run of this process recorded counts as well.
        const before = await tx
          .selectFrom('ledger')
          .select('seq')
          .where('thing', '=', thing)
          .where('clip', '=', clip)
          .where('kind', '=', 'clip-viewed')
          .where('actor', '=', written)
          .where('at', '>=', (hourNow * hours(1)) as EpochMs)
          .executeTakeFirst();
        if (before !== undefined) return;
        await ledger.append(tx, { kind: 'clip-viewed', at, actor, thing, clip, facts: {} });
      });
      if (recorded.size >= serviceLimits.accessesRememberedMax) recorded.clear();
      recorded.add(name);
    },
  };
}
