/** How holds get hold of clips: of those that are there when it is placed, and of those to come. */
import { sql } from 'kysely';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import { type ClipName, capturesAtCommit, type Hold } from '../../custody/holds.ts';
import type { Writing } from '../../ports.ts';
import { statement } from '../../ports-statement.ts';
import { reckonKept } from './hold-keeping.ts';
import { footageOf } from './hold-reach.ts';
import { holdOf, nextEpoch } from './hold-records.ts';
import type { HoldWorld } from './hold-world.ts';

export async function attach(
  tx: Writing,
  hold: Ulid,
  clips: readonly ClipName[],
  attachedAt: EpochMs,
): Promise<void> {
  const names = JSON.stringify(clips.map(({ thing, clip }) => [thing, clip]));
  await sql`
    insert into "holdAttachments" (hold, thing, clip, "attachedAt")
    select ${hold}, value ->> 0, value ->> 1, ${attachedAt} from json_each(${names})`.execute(tx);
}

/** So that a commit finds a continuing hold by whom it names. [HLD-3] */
export async function rememberSubjects(tx: Writing, { hold, scope }: Hold): Promise<void> {
  for (const subject of scope.subjects) {
    const thing = subject.by === 'account' ? null : subject.thing;
    const account = subject.by === 'device' ? null : subject.account;
    await tx.insertInto('holdSubjects').values({ hold, thing, account }).execute();
  }
}

/** What a commit knows of the clip it stores; the row as it will be. */
export type ClipToCapture = Pick<
  ClipRow,
  | ('thing' | 'clip' | 'account' | 'boundLowerAt' | 'recordedAt' | 'firstReceivedAt')
  | ('durationMs' | 'chunks')
>;

/**
 * Continuing holds in force attach to a clip in the transaction that stores it, after its row was
 * written. Returns how many did. [HLD-3]
 */
export async function captureAtCommit(
  tx: Writing,
  { clock, ledger, policy }: HoldWorld,
  clip: ClipToCapture,
): Promise<number> {
  // Mostly there is no such hold at all, and every commit asks.
  const rows = await statement`select 1 from "holdSubjects" limit 1`.execute(tx);
  if (rows.length === 0) return 0;
  const at = clock.now();
  const { thing, account } = clip;
  const key = { thing, clip: clip.clip };
  const candidates = await tx
    .selectFrom('holds')
    .selectAll()
    .where('endedAt', 'is', null)
    .where('hold', 'in', (eb) =>
      eb
        .selectFrom('holdSubjects')
        .select('hold')
        .where('thing', '=', thing)
        .where((or) => or.or([or('account', 'is', null), or('account', '=', account)]))
        .union((other) =>
          other
            .selectFrom('holdSubjects')
            .select('hold')
            .where('thing', 'is', null)
            .where('account', '=', account),
        ),
    )
    .where('hold', 'not in', (eb) =>
      eb
        .selectFrom('holdAttachments')
        .select('hold')
        .where('thing', '=', thing)
        .where('clip', '=', clip.clip),
    )
    .orderBy('hold')
    .execute();
  if (candidates.length === 0) return 0;
  const footage = footageOf(clip);
  const captured = candidates.map(holdOf).filter((hold) => capturesAtCommit(hold, footage, at));
  for (const { hold, basis } of captured) {
    await attach(tx, hold, [key], at);
    const facts = { hold, basis, epoch: await nextEpoch(tx) };
    await ledger.append(tx, { kind: 'hold-captured', at, actor: 'cloud', ...key, facts });
  }
  if (captured.length > 0) await reckonKept(tx, key, policy);
  return captured.length;
}

/**
 * No commit has shown them to the holds yet: what an owner deletes while it arrives is held as if it had come at once.
 * False when the holds cannot be read. [HLD-3]
 */
export async function captureArriving(
  tx: Writing,
  world: HoldWorld,
  clips: Iterable<ClipRow>,
): Promise<boolean> {
  const at = world.clock.now();
  try {
    for (const row of clips) {
      if (row.possession !== 'staged') continue;
      // What there is of it was recorded by now.
      const durationMs = Math.max(0, at - (row.boundLowerAt ?? row.recordedAt));
      await captureAtCommit(tx, world, { ...row, durationMs });
    }
    return true;
  } catch {
    return false;
  }
}
