/** What time has ended is put on record: at every sweep, and before a purge that it allows. */
import type { EpochMs } from '../../../device/wire/time.ts';
import type { Policy } from '../../custody/policy.ts';
import type { Catalogue, ClipKey, Ports, Writing } from '../../ports.ts';
import { lapseHold, lapseHolds, lapsesPerWrite } from './hold-changes.ts';
import { epochNow, holdOf } from './hold-records.ts';
import { lapseLeases, lapseLeasesOnClip } from './leases.ts';

type LapsePorts = Pick<Ports, 'clock' | 'ledger'>;

const worldOf = ({ clock, ledger }: LapsePorts, policy: Policy) => ({
  clock,
  ledger,
  policy: policy.holds,
});

/** Only under a clock that is trusted: an end on record is for good. [RET-8] */
export async function lapseAll(
  ports: LapsePorts & Pick<Ports, 'catalogue'>,
  policy: Policy,
): Promise<void> {
  const world = worldOf(ports, policy);
  const { catalogue } = ports;
  // A look costs less than a transaction, and mostly there is nothing.
  const due = await nextLapseAt(catalogue.read);
  if (due === null || due > ports.clock.now()) return;
  const lapse = () => catalogue.write((tx) => lapseHolds(tx, world), { alone: true });
  while ((await lapse()) >= lapsesPerWrite);
  await catalogue.write((tx) => lapseLeases(tx, world));
}

/** Nothing of what is attached to this clip is in force; what of it has no end on record gets one. */
export async function lapseOnClip(
  tx: Writing,
  ports: LapsePorts,
  policy: Policy,
  { thing, clip }: ClipKey,
): Promise<void> {
  const world = worldOf(ports, policy);
  const holds = await tx
    .selectFrom('holdAttachments')
    .innerJoin('holds', 'holds.hold', 'holdAttachments.hold')
    .select('holds.hold')
    .where('holdAttachments.thing', '=', thing)
    .where('holdAttachments.clip', '=', clip)
    .where('holds.endedAt', 'is', null)
    .execute();
  for (const { hold } of holds) await lapseHold(tx, world, hold);
  await lapseLeasesOnClip(tx, world, { thing, clip });
}

/** When the next hold or lease ends by itself; in the past when one has. */
export async function nextLapseAt(read: Catalogue['read']): Promise<EpochMs | null> {
  const ends: EpochMs[] = [];
  for (const table of ['holds', 'leases'] as const) {
    const first = await read
      .selectFrom(table)
      .select('expiresAt')
      .where('endedAt', 'is', null)
      .where('expiresAt', 'is not', null)
      .orderBy('expiresAt')
      .limit(1)
      .executeTakeFirst();
    if (first?.expiresAt != null) ends.push(first.expiresAt);
  }
  return ends.reduce<EpochMs | null>((a, b) => (a === null || b < a ? b : a), null);
}

/** Why what keeps footage cannot be relied on; null: it can. [RET-8] */
export async function registryFault(read: Catalogue['read']): Promise<string | null> {
  try {
    const epoch = await epochNow(read);
    const named = await read
      .selectFrom('ledger')
      .select('facts')
      .where('kind', 'in', [
        'hold-placed',
        'hold-reached',
        'hold-renewed',
        'hold-ended',
        'hold-captured',
      ])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (named !== undefined && epochOf(named.facts) > epoch) {
      return `the hold registry is of epoch ${epoch}, the ledger names ${epochOf(named.facts)}`;
    }
    const rows = await read.selectFrom('holds').selectAll().where('endedAt', 'is', null).execute();
    for (const row of rows) holdOf(row);
    return null;
  } catch (error) {
    const because = error instanceof Error ? error.message : String(error);
    return `the hold registry cannot be read: ${because}`;
  }
}

function epochOf(facts: string): number {
  const value: unknown = JSON.parse(facts);
  return typeof value === 'object' && value !== null && 'epoch' in value ? Number(value.epoch) : 0;
}
