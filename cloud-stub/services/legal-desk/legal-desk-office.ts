/** Opens the legal desk over the catalogue and the other services of the records office. */
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Matter } from '../../legal/matter.ts';
import { deskRoles } from '../../legal/roles.ts';
import type { Writing } from '../../ports.ts';
import { makeDeskHolds } from './desk-holds.ts';
import type { DeskAnswer, LegalDesk } from './legal-desk.ts';
import { unknownDemand } from './legal-desk-acts.ts';
import { DeskClockwork } from './legal-desk-clockwork.ts';
import { settle } from './legal-desk-decision.ts';
import { closeCase, endChallenge, liftSilence, withdraw } from './legal-desk-ends.ts';
import { deliver, dropBag, dropSuperseded, finishDeliveries, seal } from './legal-desk-exports.ts';
import { answerQuestion, receive, takeIn } from './legal-desk-intake.ts';
import { listDemands, readBag, readItems, readPaper } from './legal-desk-lists.ts';
import { move } from './legal-desk-motions.ts';
import {
  challenge,
  consent,
  noticesOf,
  revokeConsent,
  waiveChallenge,
} from './legal-desk-owners.ts';
import { approve, refuse, review } from './legal-desk-review.ts';
import { loadMatter } from './legal-desk-store.ts';
import { agencyView, deskView } from './legal-desk-views.ts';
import { attempt, type DeskWorld, type Refused, recordRefusal } from './legal-desk-world.ts';
import type { Principal } from './principals.ts';

type Attempted = { readonly ok: true; readonly value: Matter } | Refused;

export async function openLegalDesk(world: DeskWorld): Promise<LegalDesk> {
  const clockwork = new DeskClockwork(world);
  const { catalogue } = world.ports;
  await clockwork.start();
  await finishDeliveries(world);

  /** After each act: what it lets be decided or told is done at once, and the timer is set anew. */
  async function done<View>(
    tried: Attempted,
    view: (matter: Matter) => View | Promise<View>,
  ): Promise<DeskAnswer<View>> {
    if (!tried.ok) return tried;
    const { demand } = tried.value.demand;
    await settle(world, demand);
    await dropBag(world, tried.value);
    await clockwork.look();
    return {
      ok: true,
      value: await view((await loadMatter(catalogue.read, demand)) ?? tried.value),
    };
  }
  const seenByAgency = (matter: Matter) => agencyView(world, matter);
  const seenByDesk = (matter: Matter) => deskView(world, matter);
  const doing = (
    by: Principal,
    act: string,
    demand: Ulid | null,
    work: (tx: Writing) => Promise<Matter>,
  ): Promise<Attempted> => attempt(world, { by, act, demand }, work);

  return {
    async submit(by, form, document) {
      const tried = await doing(by, 'submit', null, (tx) => receive(world, tx, by, form, document));
      if (tried.ok) await dropSuperseded(world, form);
      return done(tried, seenByAgency);
    },
    takeIn: async (by, demand, found) =>
      done(
        await doing(by, 'take-in', demand, (tx) => takeIn(world, tx, by, demand, found)),
        seenByDesk,
      ),
    answer: async (by, demand, form, document) =>
      done(
        await doing(by, 'answer', demand, (tx) =>
          answerQuestion(world, tx, by, demand, form, document),
        ),
        seenByAgency,
      ),
    review: async (by, demand, found) =>
      done(
        await doing(by, 'review', demand, (tx) => review(world, tx, by, demand, 'reviewer', found)),
        seenByDesk,
      ),
    advise: async (by, demand, found) =>
      done(
        await doing(by, 'advise', demand, (tx) => review(world, tx, by, demand, 'counsel', found)),
        seenByDesk,
      ),
    refuse: async (by, demand, why) =>
      done(
        await doing(by, 'refuse', demand, (tx) => refuse(world, tx, by, demand, why)),
        seenByDesk,
      ),
    approve: async (by, demand, { seen }) =>
      done(
        await doing(by, 'approve', demand, (tx) => approve(world, tx, by, demand, seen)),
        seenByDesk,
      ),
    liftSilence: async (by, demand) =>
      done(
        await doing(by, 'lift-silence', demand, (tx) => liftSilence(world, tx, by, demand)),
        seenByDesk,
      ),
    seal: async (by, demand) => done(await seal(world, by, demand), seenByDesk),
    deliver: async (by, demand) => done(await deliver(world, by, demand), seenByDesk),
    withdraw: async (by, demand) =>
      done(
        await doing(by, 'withdraw', demand, (tx) => withdraw(world, tx, by, demand)),
        seenByAgency,
      ),
    endChallenge: async (by, demand, how) =>
      done(
        await doing(by, 'end-challenge', demand, (tx) => endChallenge(world, tx, by, demand, how)),
        seenByDesk,
      ),
    move: async (by, demand, motion) =>
      done(
        await doing(by, 'move', demand, (tx) => move(world, tx, by, demand, motion)),
        seenByDesk,
      ),
    closeCase: (by, caseNumber) => closeCase(world, by, caseNumber),

    list: (by, query) => listDemands(world, by, query),
    async showAgency(by, demand) {
      const matter = await ofOwnAgency(world, by, demand);
      return matter === null ? null : agencyView(world, matter);
    },
    async show(by, demand) {
      if (!mayReadAll(by)) return null;
      const matter = await loadMatter(catalogue.read, demand);
      return matter === null ? null : deskView(world, matter);
    },
    async items(by, demand, page) {
      const isOwn = (await ofOwnAgency(world, by, demand)) !== null;
      return isOwn || mayReadAll(by) ? readItems(world, demand, page, isOwn) : null;
    },
    async document(by, demand) {
      const isOwn = (await ofOwnAgency(world, by, demand)) !== null;
      return isOwn || mayReadAll(by) ? readPaper(world, demand) : null;
    },
    async openBag(by, demand) {
      const own = await ofOwnAgency(world, by, demand);
      const matter = own ?? (await loadMatter(catalogue.read, demand));
      const isFor = own !== null ? own.disclosedAt !== null : by.roles.includes('custodian');
      if (matter === null || !isFor) {
        await recordRefusal(world, { by, act: 'open-bag', demand }, unknownDemand().refusal);
        return null;
      }
      return readBag(world, matter);
    },

    notices: (account) => noticesOf(world, account),
    challenge: (account, notice, because) =>
      catalogue.write((tx) => challenge(world, tx, account, notice, because)),
    waiveChallenge: (account, notice) =>
      catalogue.write((tx) => waiveChallenge(world, tx, account, notice)),
    consent: (account, demand, given) =>
      catalogue.write((tx) => consent(world, tx, account, demand, given)),
    revokeConsent: (account, demand) =>
      catalogue.write((tx) => revokeConsent(world, tx, account, demand)),
    holds: makeDeskHolds(world),
    look: () => clockwork.look(),
    stop: () => clockwork.stop(),
  };
}

/** The desk's own people and the auditor read every matter; an agency only its own. */
const mayReadAll = ({ roles }: Principal): boolean =>
  roles.some((role) => deskRoles.includes(role) || role === 'auditor');

async function ofOwnAgency(
  { ports }: DeskWorld,
  by: Principal,
  demand: Ulid,
): Promise<Matter | null> {
  if (by.agency === null) return null;
  const row = await ports.catalogue.read
    .selectFrom('demands')
    .select('demand')
    .where('demand', '=', demand)
    .where('agency', '=', by.agency)
    .executeTakeFirst();
  return row === undefined ? null : loadMatter(ports.catalogue.read, demand);
}
