/**
 * What the desk does without being asked: notices that fell due, questions nobody answered, answers
 * that are late, decisions that a crash cut off. One timer, set to the earliest of them.
 */

import type { Ulid } from '../../../device/wire/ids.ts';
import { between, type EpochMs, milliseconds } from '../../../device/wire/time.ts';
import type { Matter } from '../../legal/matter.ts';
import { answerDueAt } from '../../legal/matter-deadlines.ts';
import type { Timer, Writing } from '../../ports.ts';
import { settle } from './legal-desk-decision.ts';
import { noteUnfollowed } from './legal-desk-follow-ups.ts';
import { deskLimits } from './legal-desk-limits.ts';
import { sendNotice, tellOwners } from './legal-desk-notices.ts';
import {
  close,
  decidedStep,
  nothingDecided,
  rejectedFor,
  tellDecision,
} from './legal-desk-outcomes.ts';
import { appendSteps, loadMatter } from './legal-desk-store.ts';
import { type DeskWorld, deskActor, ruleOf, tell } from './legal-desk-world.ts';

const mattersPerLook = 100;

export class DeskClockwork {
  readonly #world: DeskWorld;
  #timer: Timer | null = null;
  #looking: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(world: DeskWorld) {
    this.#world = world;
  }

  /** Finishes what a crash cut off, looks, and goes on looking. */
  async start(): Promise<void> {
    const { catalogue } = this.#world.ports;
    const open = await catalogue.read
      .selectFrom('demands')
      .select('demand')
      .where('stage', '=', 'in-review')
      .execute();
    for (const { demand } of open) await settle(this.#world, demand);
    await this.look();
  }

  /** One after the other; resolves when all that is due by now is done. */
  look(): Promise<void> {
    const run = this.#looking.then(async () => {
      await this.#lookAtAll();
      await tellOwners(this.#world);
      await this.#arm();
    });
    this.#looking = run.catch(() => {});
    return run;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#looking;
  }

  async #lookAtAll(): Promise<void> {
    const { catalogue, clock } = this.#world.ports;
    for (;;) {
      const due = await catalogue.read
        .selectFrom('demands')
        .select('demand')
        .where('lookAt', '<=', clock.now())
        .orderBy('lookAt')
        .limit(mattersPerLook)
        .execute();
      for (const { demand } of due) {
        await catalogue.write((tx) => lookAt(this.#world, tx, demand));
      }
      if (due.length < mattersPerLook) return;
    }
  }

  async #arm(): Promise<void> {
    const { catalogue, clock } = this.#world.ports;
    const next = await catalogue.read
      .selectFrom('demands')
      .select('lookAt')
      .where('lookAt', 'is not', null)
      .orderBy('lookAt')
      .limit(1)
      .executeTakeFirst();
    this.#timer?.cancel();
    this.#timer = null;
    const at: EpochMs | null = next?.lookAt ?? null;
    if (this.#stopped || at === null) return;
    const waitMs = Math.min(Math.max(0, between(clock.now(), at)), deskLimits.lookMsMax);
    this.#timer = clock.setTimer('legal-desk', milliseconds(waitMs), () => {
      this.look().catch((error: unknown) => {
        this.#world.log.error({ err: error }, 'the legal desk could not look at what is due');
        // It is tried again as after a restart.
        this.#timer = clock.setTimer('legal-desk', deskLimits.lookMsMax, () => void this.look());
      });
    });
  }
}

async function lookAt(world: DeskWorld, tx: Writing, demand: Ulid): Promise<void> {
  const matter = await loadMatter(tx, demand);
  if (matter === null) return;
  const now = world.ports.clock.now();
  const { question } = matter;
  if (matter.stage === 'asked' && question !== null && question.dueAt <= now) {
    await lapseQuestion(world, tx, matter, question.reason);
    return;
  }
  const told = await sendNotice(world, tx, matter);
  await noteOverdue(world, tx, await noteUnfollowed(world, tx, told), now);
}

/** Nobody answered in time: the demand is refused for what was asked about. */
async function lapseQuestion(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  reason: NonNullable<Matter['question']>['reason'],
): Promise<void> {
  const outcome = rejectedFor(reason);
  await tellDecision(world, tx, matter, outcome, nothingDecided);
  await close(world, tx, matter, decidedStep(world.ports.clock.now(), deskActor, outcome));
}

/** Told once; and whatever was done, the row says when to look again. */
async function noteOverdue(
  world: DeskWorld,
  tx: Writing,
  matter: Matter,
  now: EpochMs,
): Promise<void> {
  const { demand } = matter.demand;
  const dueAt = answerDueAt(matter, ruleOf(world, matter.demand));
  const isOpen = matter.stage !== 'closed' && matter.stage !== 'delivered';
  if (!isOpen || matter.overdueAt !== null || dueAt === null || dueAt > now) {
    await appendSteps(world, tx, matter, []);
    return;
  }
  await tell(world, tx, 'demand-overdue', deskActor, { demand, dueAt });
  await appendSteps(world, tx, matter, [{ name: 'overdue', at: now, by: deskActor }]);
}
