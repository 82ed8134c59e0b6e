/**
 * The first dated event of a boot that is over dates what had come of that boot before: a doorbell whose clock was set
 * while it lasted sends its rings first, and those of the time before that. Inside the caller's transaction.
 */
import { sql } from 'kysely';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { DeviceEvent } from '../../../device/wire/messages.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import type { ClipKey, Writing } from '../../ports.ts';
import type { DeviceIdentity } from '../devices/devices.ts';
import { judgeClip, openingOf } from './clip-opening.ts';
import type { EventPlace } from './event-time.ts';
import type { IngestWorld } from './ingest-world.ts';

/** An event that was just inserted. */
type Inserted = Pick<DeviceEvent, 'seq' | 'clock'> & Pick<EventPlace, 'boot' | 'bootBeganAt'>;
type World = Pick<IngestWorld, 'clock' | 'custody' | 'holds' | 'ledger'>;
type Began = { readonly boot: number; readonly bootBeganAt: EpochMs };

/** Gives the clips that have an owner now. */
export async function dateRestOfBoot(
  tx: Writing,
  world: World,
  identity: DeviceIdentity,
  { seq, clock, boot, bootBeganAt }: Inserted,
): Promise<readonly ClipKey[]> {
  const { thing } = identity;
  // In the boot that lasts each event is dated by itself.
  const isOver = clock?.uptimeNowMs === null;
  if (!isOver || boot === null || bootBeganAt === null) return [];
  if (await isDated(tx, thing, boot, seq)) return [];
  await dateEvents(tx, identity, { boot, bootBeganAt });
  const rows = await tx
    .selectFrom('clips')
    .selectAll()
    .where('thing', '=', thing)
    .where('boot', '=', boot)
    .where('account', 'is', null)
    .where('boundLowerAt', 'is', null)
    .where('possession', 'in', ['staged', 'stored'])
    .execute();
  const dated: ClipKey[] = [];
  for (const row of rows) if (await dateClip(tx, world, row)) dated.push(row);
  return dated;
}

/** Whether another event of that boot was dated: then all of it is. */
async function isDated(tx: Writing, thing: ThingName, boot: number, but: number): Promise<boolean> {
  const row = await tx
    .selectFrom('events')
    .select('seq')
    .where('thing', '=', thing)
    .where('boot', '=', boot)
    .where('bootBeganAt', 'is not', null)
    .where('seq', '!=', but)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** False: it stays nobody's. */
async function dateClip(
  tx: Writing,
  { clock, custody, holds, ledger }: World,
  row: ClipRow,
): Promise<boolean> {
  const { thing, clip, firstReceivedAt } = row;
  const { standing, trusted } = await judgeClip(
    tx,
    custody,
    thing,
    openingOf(row),
    firstReceivedAt,
  );
  // What its owner may not see is as well kept as nobody's; the end of a stored clip's life is set. [RET-3]
  if (standing.account === null || standing.visibility !== 'visible') return false;
  const { account } = standing;
  const recordedAt = row.possession === 'staged' ? trusted.recordedAt : row.recordedAt;
  await tx
    .updateTable('clips')
    .set({ account, recordedAt })
    .where('thing', '=', thing)
    .where('clip', '=', clip)
    .execute();
  if (row.possession === 'stored') await holds.capture(tx, { ...row, account });
  const facts = { boot: row.boot, recordedAt, because: 'another event of its boot is dated' };
  await ledger.append(tx, {
    kind: 'clip-dated',
    at: clock.now(),
    actor: 'cloud',
    thing,
    clip,
    facts,
  });
  return true;
}

async function dateEvents(
  tx: Writing,
  { thing, enrolledAt }: DeviceIdentity,
  { boot, bootBeganAt }: Began,
): Promise<void> {
  await sql`
    update events set at = dated.at, "bootBeganAt" = ${bootBeganAt}, account = dated.account,
      "expiresAt" = iif(dated."isClosed", "receivedAt", "expiresAt")
    from (
      select seq, timed.at, account, "closedAt" is not null as "isClosed"
      from (
        select seq, max(${enrolledAt}, min("receivedAt",
          ${bootBeganAt} + (message -> 'clock' ->> 'uptimeAtMs'))) as at
        from events where thing = ${thing} and boot = ${boot} and "bootBeganAt" is null
      ) as timed
      left join (ownerships join accounts using (account)) on thing = ${thing}
        and "fromAt" <= timed.at and ("untilAt" is null or "untilAt" > timed.at)
    ) as dated
    where thing = ${thing} and events.seq = dated.seq`.execute(tx);
}
