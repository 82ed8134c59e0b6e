/**
 * A clip's first row: what its opening says, whose it is, and when it was, judged once. Runs inside the caller's
 * transaction.
 */
import { canonicalJson, openingSignedBytes } from '../../../device/wire/codec.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { type Opening, openingSchema } from '../../../device/wire/messages.ts';
import { between, type EpochMs } from '../../../device/wire/time.ts';
import type { AccountId, ClipRow } from '../../catalogue-tables.ts';
import type { TrustedTime } from '../../custody/trusted-time.ts';
import type { ClipKey, Ledger, Ports, Reading, Writing } from '../../ports.ts';
import { statement } from '../../ports-statement.ts';
import { ownershipHistory, type Standing } from '../accounts/ownership-history.ts';
import type { ClipCustody } from '../clip-custody.ts';
import { dateByBoots } from './boot-time.ts';
import { groupedWrites } from './grouped-writes.ts';

type FirstOpening = { readonly key: ClipKey; readonly opening: Opening };

/** Writes the first row of each clip, those of many doorbells together; gives whose it is. */
export const openingWrites = ({
  catalogue,
  clock,
  custody,
  ledger,
}: Pick<Ports, 'catalogue' | 'clock' | 'ledger'> & { readonly custody: ClipCustody }): ((
  first: FirstOpening,
) => Promise<AccountId | null>) =>
  groupedWrites(catalogue, (tx, { key, opening }) =>
    insertOpening(tx, ledger, custody, key, opening, clock.now()),
  );

/** A clip the cloud hears of for the first time. Its time is judged now, when the claim is freshest. [RET-5] */
export async function insertOpening(
  tx: Writing,
  ledger: Ledger,
  custody: ClipCustody,
  key: ClipKey,
  opening: Opening,
  receivedAt: EpochMs,
): Promise<AccountId | null> {
  const { trusted, standing } = await judgeClip(tx, custody, key.thing, opening, receivedAt);
  const { recordedAt, boundLowerAt } = trusted;
  const { account, visibility, accountClosedAt, planLapsedAt } = standing;
  const { boot, seq, trigger } = opening;
  const claimedAt = opening.startedAt;
  // What is not named is null, or nothing yet.
  await statement`
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

type Judged = { readonly trusted: TrustedTime; readonly standing: Standing };

/** When it was and whose it is. */
export async function judgeClip(
  db: Reading,
  custody: ClipCustody,
  thing: ThingName,
  opening: Opening,
  receivedAt: EpochMs,
): Promise<Judged> {
  const history = await ownershipHistory(db, thing);
  const sameBoot = opening.boot >= history.latestBoot;
  const window = history.windowAt(receivedAt);
  const trustedTime = (claim: Opening) => custody.trustedTime(claim, receivedAt, sameBoot, window);
  const trusted = trustedTime(opening);
  const { startedAt, boot, clock } = opening;
  const { because } = trusted;
  if (because === 'uptime' || (because === 'claim-synced' && startedAt <= receivedAt)) {
    const { recordedAt } = trusted;
    return { trusted, standing: history.standingOf(history.ownerAt(recordedAt), recordedAt) };
  }
  // Its clock was never set, or wrongly, and the boot is over. The other boots tell whose it is; that it may be late
  // they do not. [RET-4]
  const { enrolledAt } = await db
    .selectFrom('devices')
    .select('enrolledAt')
    .where('thing', '=', thing)
    .executeTakeFirstOrThrow();
  const moment = { boot, uptimeAtMs: clock.uptimeAtStartMs };
  const { at, span } = await dateByBoots(db, {
    ...{ thing, moment, claimedAt: startedAt, enrolledAt, receivedAt },
  });
  const { recordedAt, boundLowerAt } = trustedTime({ ...opening, startedAt: at });
  return {
    trusted: { ...trusted, recordedAt, boundLowerAt, errorMs: between(recordedAt, startedAt) },
    standing: history.standingOf(history.onlyOwnerIn(span), recordedAt),
  };
}

export const openingOf = (row: ClipRow): Opening => openingSchema.parse(JSON.parse(row.opening));

/** Equal in all that the signature covers. */
export const sameOpening = (a: Opening, b: Opening): boolean =>
  Buffer.compare(openingSignedBytes(a), openingSignedBytes(b)) === 0;
