/**
 * What keeps a clip, as the records have it now: asked inside the transaction that would destroy it,
 * and summed up in the clip's row so that no sweep looks at what is kept.
 */
import { type RawBuilder, sql } from 'kysely';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { Holds } from '../../custody/disposition.ts';
import { holdsOn } from '../../custody/holds.ts';
import { graceOf, type HoldPolicy, holdKinds } from '../../custody/holds-policy.ts';
import type { ClipKey, Writing } from '../../ports.ts';
import { clipsPerPage } from './hold-reach.ts';
import { holdOf } from './hold-records.ts';

/**
 * For `disposition`. Whatever goes wrong with reading it is an answer too: nothing may be destroyed
 * then. [RET-8]
 */
export async function holdsOnClip(
  tx: Writing,
  { thing, clip }: ClipKey,
  deleteAt: EpochMs | null,
  policy: HoldPolicy,
  now: EpochMs,
): Promise<Holds> {
  try {
    const rows = await tx
      .selectFrom('holdAttachments')
      .innerJoin('holds', 'holds.hold', 'holdAttachments.hold')
      .selectAll('holds')
      .where('holdAttachments.thing', '=', thing)
      .where('holdAttachments.clip', '=', clip)
      .execute();
    const leases = await tx
      .selectFrom('leaseItems')
      .innerJoin('leases', 'leases.lease', 'leaseItems.lease')
      .select(['leases.lease', 'leases.expiresAt'])
      .where('leaseItems.thing', '=', thing)
      .where('leaseItems.clip', '=', clip)
      .where('leases.endedAt', 'is', null)
      .execute();
    return { ...holdsOn(rows.map(holdOf), deleteAt, policy, now), leases };
  } catch {
    // Why it cannot be read is found and told by whoever looks at the registry as a whole.
    return { readable: false };
  }
}

/** Clips that something of this hold or lease is attached to. */
export type Kept = { readonly hold: string } | { readonly lease: string } | ClipKey;

/**
 * Computes `keptUntil` anew: the latest end of all that keeps the clip, as far as it can be known; null
 * when something without a term does. The grace of an ended hold counts as `holdsOn` has it. [HLD-7]
 */
export async function reckonKept(tx: Writing, what: Kept, policy: HoldPolicy): Promise<void> {
  if (!('hold' in what)) return reckon(tx, of(what), policy);
  // A hold may be on more clips than a list of them would fit into memory.
  let after: ClipKey = { thing: '' as ThingName, clip: '' as Ulid };
  for (;;) {
    const { rows } = await sql<ClipKey>`
      select thing, clip from "holdAttachments" ${beyond(what.hold, after)}
      order by thing, clip limit ${sql.lit(clipsPerPage)}`.execute(tx);
    const last = rows.at(-1);
    if (last === undefined) return;
    const page = sql`select thing, clip from "holdAttachments" ${beyond(what.hold, after)}
      and (thing, clip) <= (${last.thing}, ${last.clip})`;
    await reckon(tx, sql`(thing, clip) in (${page})`, policy);
    if (rows.length < clipsPerPage) return;
    after = last;
  }
}

const beyond = (hold: string, { thing, clip }: ClipKey): RawBuilder<unknown> =>
  sql`where hold = ${hold} and (thing, clip) > (${thing}, ${clip})`;

async function reckon(
  tx: Writing,
  isMeant: RawBuilder<boolean>,
  policy: HoldPolicy,
): Promise<void> {
  await sql`
    update clips set "keptUntil" = (
      select case when count(*) > count(until) then null else coalesce(max(until), 0) end from (
        select case
          when holds."endedAt" is null then holds."expiresAt"
          when clips."deleteAt" is null or holds."endedAt" <= clips."deleteAt" then 0
          else holds."endedAt" + ${graces(policy)}
        end as until
        from "holdAttachments" as held join holds on holds.hold = held.hold
        where held.thing = clips.thing and held.clip = clips.clip
        union all
        select case when leases."endedAt" is null then leases."expiresAt" else 0 end
        from "leaseItems" as leased join leases on leases.lease = leased.lease
        where leased.thing = clips.thing and leased.clip = clips.clip
      )
    )
    where possession in ('staged', 'stored') and ${isMeant}`.execute(tx);
}

const graces = (policy: HoldPolicy): RawBuilder<number> =>
  sql`case holds.kind ${sql.join(
    holdKinds.map((kind) => sql`when ${kind} then ${graceOf(kind, policy)}`),
    sql` `,
  )} end`;

function of(what: Exclude<Kept, { hold: string }>): RawBuilder<boolean> {
  return 'clip' in what
    ? sql`thing = ${what.thing} and clip = ${what.clip}`
    : sql`(thing, clip) in (select thing, clip from "leaseItems" where lease = ${what.lease})`;
}
