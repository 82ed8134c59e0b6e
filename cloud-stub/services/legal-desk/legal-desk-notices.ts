/**
 * What the owner is told, when, and what silences it. Once nothing silences a notice any more it goes
 * out by itself. [LEG-6]
 */
import type { Ulid } from '../../../device/wire/ids.ts';
import { days, epochMs, later } from '../../../device/wire/time.ts';
import type { AccountId } from '../../catalogue-tables.ts';
import { silenceFault } from '../../legal/claim-checks.ts';
import type { Matter } from '../../legal/matter.ts';
import { noticeOf } from '../../legal/matter-deadlines.ts';
import type { MatterStep } from '../../legal/matter-steps.ts';
import type { Silence } from '../../legal/notices.ts';
import type { ProcessRule } from '../../legal/process-rules.ts';
import type { Writing } from '../../ports.ts';
import { appendSteps, loadMatter } from './legal-desk-store.ts';
import { type DeskWorld, deskActor, ruleOf, tell } from './legal-desk-world.ts';

/** Puts on record the silence that the demand's own order asks for, if it binds. */
export async function silenceNotice(
  world: DeskWorld,
  tx: Writing,
  { demand }: Matter,
  rule: ProcessRule,
): Promise<void> {
  const { silence } = demand;
  if (silence === null || silence.by === 'letter' || silenceFault(demand, rule) !== null) return;
  const { by, from, expiresAt: until } = silence;
  await tell(world, tx, 'silence-began', deskActor, { demand: demand.demand, by, from, until });
}

/** A separate order, granted, silences the notice of the demand it names. */
export async function silenceTarget(world: DeskWorld, tx: Writing, order: Matter): Promise<void> {
  const { silences, demand } = order;
  const target = silences === null ? null : await loadMatter(tx, silences);
  if (target === null || silences === null) return;
  const at = world.ports.clock.now();
  const from = demand.silence?.from ?? demand.receivedAt;
  // No longer than this court may silence, whatever the demand's own row would bear.
  const longest = later(from, days(ruleOf(world, demand).gag.maxDays));
  const expiresAt = epochMs(Math.min(demand.silence?.expiresAt ?? longest, longest));
  const silence: Silence = { by: 'court-order', from, expiresAt, liftedAt: null };
  const step: MatterStep = {
    ...{ name: 'silenced', at, by: deskActor, order: demand.demand, silence },
  };
  await appendSteps(world, tx, target, [step]);
  const { by, expiresAt: until } = silence;
  await tell(world, tx, 'silence-began', deskActor, { demand: silences, by, from, until });
}

/** Sends the notice of a matter if it is due now; asked again it does nothing. */
export async function sendNotice(world: DeskWorld, tx: Writing, matter: Matter): Promise<Matter> {
  const { demand } = matter.demand;
  const rule = ruleOf(world, matter.demand);
  const at = world.ports.clock.now();
  if (noticeOf(matter, rule, at).state !== 'due') return matter;
  if (!matter.isLifted && silenceBound(matter, rule)) {
    await tell(world, tx, 'silence-ended', deskActor, { demand, because: 'expired' });
  }
  const sent = await tx
    .updateTable('notices')
    .set({ sentAt: at })
    .where('demand', '=', demand)
    .returning('account')
    .execute();
  const accounts = sent.map(({ account }) => account).sort();
  const when = matter.disclosedAt === null ? 'before' : 'after';
  await tell(world, tx, 'notice-sent', deskActor, { demand, when });
  return appendSteps(world, tx, matter, [{ name: 'notice-sent', at, by: deskActor, accounts }]);
}

const silenceBound = ({ demand, orders }: Matter, rule: ProcessRule): boolean =>
  orders.length > 0 ||
  (demand.silence !== null &&
    demand.silence.by !== 'letter' &&
    silenceFault(demand, rule) === null);

/** What is on record as sent goes out; a notifier that fails is asked again at the next look. */
export async function tellOwners(world: DeskWorld): Promise<void> {
  const { notifier, log, ports } = world;
  if (notifier === null) return;
  const waiting = await ports.catalogue.read
    .selectFrom('notices')
    .select(['notice', 'account'])
    .where('sentAt', 'is not', null)
    .where('toldAt', 'is', null)
    .limit(100)
    .execute();
  for (const { notice, account } of waiting) {
    try {
      await notifier.notify(account, { notice, subject: 'a legal demand for your records' });
    } catch (error) {
      log.warn({ err: error, notice }, 'an owner could not be told and is told again later');
      continue;
    }
    const toldAt = ports.clock.now();
    await ports.catalogue.write((tx) =>
      tx.updateTable('notices').set({ toldAt }).where('notice', '=', notice).execute(),
    );
  }
}

/** The demand behind a notice that this owner has been sent. */
export async function demandOfNotice(
  tx: Writing,
  account: AccountId,
  notice: Ulid,
): Promise<Ulid | null> {
  const row = await tx
    .selectFrom('notices')
    .select('demand')
    .where('notice', '=', notice)
    .where('account', '=', account)
    .where('sentAt', 'is not', null)
    .executeTakeFirst();
  return row?.demand ?? null;
}
