/**
 * A clip's first row: what its opening says, whose it is, and when it was, judged once. Runs inside the caller's
 * transaction.
 */
import { canonicalJson } from '../../device/wire/codec.ts';
import type { Opening } from '../../device/wire/messages.ts';
import { type EpochMs, epochMs } from '../../device/wire/time.ts';
import type { AccountId } from '../catalogue-tables.ts';
import type { ClipKey, Ledger, Writing } from '../ports.ts';
import { ownerAt } from './accounts.ts';
import type { ClipCustody } from './clip-custody.ts';
import { planAt, standingOf } from './plans.ts';

/**
 * The latest boot this device has told of, or 0: a clip of an earlier one was not recorded in the boot that sends it.
 * Clips are numbered through all boots, so the last one tells.
 */
async function latestBoot(tx: Writing, thing: ClipKey['thing']): Promise<number> {
  const row = await tx
    .selectFrom('clips')
    .select('boot')
    .where('thing', '=', thing)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.boot ?? 0;
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
  await tx
    .insertInto('clips')
    .values({
      ...key,
      account,
      possession: 'staged',
      ...(await standingOf(tx, account, recordedAt)),
      boot: opening.boot,
      seq: opening.seq,
      trigger: opening.trigger,
      triggers: '[]',
      opening: canonicalJson(opening),
      final: null,
      finalHash: null,
      disposition: null,
      truncated: 0,
      reason: null,
      claimedAt: opening.startedAt,
      boundLowerAt,
      recordedAt,
      firstReceivedAt: receivedAt,
      storedAt: null,
      expiresAt: null,
      userDeletedAt: null,
      deleteAt: null,
      durationMs: null,
      chunks: 0,
      sizeBytes: 0,
      root: null,
      markedChunks: 0,
      markedRoot: null,
      purgedAt: null,
      keptUntil: epochMs(0),
    })
    .execute();
  const { boot, seq, trigger } = opening;
  const claimedAt = opening.startedAt;
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
