/**
 * A clip's first row: what its opening says, whose it is, and when it was, judged once. Runs inside the caller's
 * transaction.
 */
import { sql } from 'kysely';
import { canonicalJson, openingSignedBytes } from '../../device/wire/codec.ts';
import { type Opening, openingSchema } from '../../device/wire/messages.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import type { AccountId, ClipRow } from '../catalogue-tables.ts';
import type { ClipKey, Ledger, Writing } from '../ports.ts';
import { ownerAt } from './accounts.ts';
import type { ClipCustody } from './clip-custody.ts';
import { planAt, standingOf } from './plans.ts';

/**
 * The latest boot this device has told of, or 0: a clip of an earlier one was not recorded in the boot that sends it.
 * Clips are numbered through all boots, so the last one tells.
 */
async function latestBoot(tx: Writing, thing: ClipKey['thing']): Promise<number> {
  const { rows } = await sql<Pick<ClipRow, 'boot'>>`
    select boot from clips where thing = ${thing} order by seq desc limit 1`.execute(tx);
  return rows[0]?.boot ?? 0;
}

/** A clip the cloud hears of for the first time. Its time is judged now, when the claim is freshest. [RET-5] */
export async function insertOpening(
  tx: Writing,
  ledger: Ledger,
  custody: ClipCustody,
  key: ClipKey,
  opening: Opening,
  receivedAt: EpochMs,
): Promise<AccountId | null> {
  const sameBoot = opening.boot >= (await latestBoot(tx, key.thing));
  const owner = await ownerAt(tx, key.thing, receivedAt);
  const plan = await planAt(tx, owner, receivedAt);
  const window = plan?.clipWindowMs ?? null;
  const trusted = custody.trustedTime(opening, receivedAt, sameBoot, window);
  const { recordedAt, boundLowerAt } = trusted;
  const account = await ownerAt(tx, key.thing, recordedAt);
  const { boot, seq, trigger } = opening;
  const claimedAt = opening.startedAt;
  const { visibility, accountClosedAt, planLapsedAt } = await standingOf(tx, account, recordedAt);
  // What is not named is null, or nothing yet.
  await sql`
    insert into clips (thing, clip, account, possession, visibility, "accountClosedAt",
      "planLapsedAt", boot, seq, trigger, triggers, opening, truncated, "claimedAt",
      "boundLowerAt", "recordedAt", "firstReceivedAt", chunks, "sizeBytes", "markedChunks")
    values (${key.thing}, ${key.clip}, ${account}, 'staged', ${visibility}, ${accountClosedAt},
      ${planLapsedAt}, ${boot}, ${seq}, ${trigger}, '[]', ${canonicalJson(opening)}, 0,
      ${claimedAt}, ${boundLowerAt}, ${recordedAt}, ${receivedAt}, 0, 0, 0)`.execute(tx);
  const facts = { boot, seq, trigger, claimedAt, ...trusted };
  await ledger.append(tx, {
    kind: 'clip-opened',
    at: receivedAt,
    actor: 'cloud',
    ...key,
    facts,
  });
  return account;
}

export const openingOf = (row: ClipRow): Opening => openingSchema.parse(JSON.parse(row.opening));

/** Equal in all that the signature covers. */
export const sameOpening = (a: Opening, b: Opening): boolean =>
  Buffer.compare(openingSignedBytes(a), openingSignedBytes(b)) === 0;
