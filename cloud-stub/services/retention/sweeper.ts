/**
 * The sweeper purges what is due, and nothing else does. [RET-9] It sweeps once a period, looks
 * only at what is due, and finishes at start what a crash cut off.
 */
import type { Logger } from 'pino';
import { type EpochMs, epochMs } from '../../../device/wire/time.ts';
import type { Possession } from '../../catalogue-tables.ts';
import type { Policy } from '../../custody/policy.ts';
import type { ClipKey, Timer } from '../../ports.ts';
import { lapseAll, nextLapseAt, registryFault } from '../holds/hold-lapses.ts';
import { ClockWatch, confirmClock } from './clock-watch.ts';
import { dueClips, nextClipDueAt } from './due-clips.ts';
import {
  holdsUnreadable,
  type PurgeFailure,
  type PurgeOutcome,
  type PurgePorts,
  purgeClips,
} from './purge.ts';
import { expiringRows, type RecordClass } from './record-classes.ts';

/** Purges at work together share commits and syncs; in between the clock is judged anew. */
const purgesAtOnce = 4096;
const endOfTime = epochMs(Number.MAX_SAFE_INTEGER);

export type SweepReport = {
  /** Why nothing was purged; null when the sweep was allowed to. [RET-8] */
  readonly refused: string | null;
  readonly purged: number;
  /** To be tried again at the next sweep. */
  readonly failed: number;
  /** Of each class that had any. [RET-10] */
  readonly records: Readonly<Record<string, number>>;
};

export type SweeperOptions = {
  /** Once a purge is certain, before anything is destroyed. */
  readonly onIntent?: (key: ClipKey) => void;
  /** After the tombstone is durable. */
  readonly onPurged?: (key: ClipKey) => void;
  /** What else has a window of its own, beside clips and events. [RET-10] */
  readonly recordClasses?: readonly RecordClass[];
};

export class Sweeper {
  readonly #ports: PurgePorts;
  readonly #policy: Policy;
  readonly #log: Logger;
  readonly #onIntent: (key: ClipKey) => void;
  readonly #onPurged: (key: ClipKey) => void;
  readonly #watch: ClockWatch;
  readonly #classes: readonly RecordClass[];
  #quiet: { readonly changes: number; readonly until: EpochMs } | null = null;
  #timer: Timer | null = null;
  #sweeping: Promise<SweepReport> | null = null;
  /** An earlier run may have been cut off before it scrubbed. */
  #scrubOwed = true;
  #stopped = false;
  readonly #purging = new Set<Promise<unknown>>();

  constructor(ports: PurgePorts, policy: Policy, log: Logger, options: SweeperOptions = {}) {
    this.#ports = ports;
    this.#policy = policy;
    this.#log = log;
    this.#onIntent = options.onIntent ?? (() => {});
    this.#onPurged = options.onPurged ?? (() => {});
    this.#watch = new ClockWatch(ports, policy, log);
    const events = expiringRows(ports, 'events', 'events-purged');
    this.#classes = [events, ...(options.recordClasses ?? [])];
  }

  /**
   * Judges the clock, finishes the purges a crash cut off, sweeps, and goes on sweeping. Call it
   * before anything else of this run writes to the ledger, whose last entry the clock is judged by.
   */
  async start(): Promise<void> {
    await this.#watch.start();
    await this.sweep();
    this.#arm();
  }

  /** One sweep; who asks while one is at work gets its report. */
  sweep(): Promise<SweepReport> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = null;
    });
    return this.#sweeping;
  }

  /**
   * Purges this clip at once if it is purgeable: a late one [RET-4], or one deleted under a profile
   * that purges.
   */
  async purge(key: ClipKey): Promise<PurgeOutcome> {
    const refusal = await this.#watch.refusal();
    if (refusal !== null) return { purged: false, because: refusal };
    const purging = this.#purge([key]).finally(() => this.#purging.delete(purging));
    this.#purging.add(purging);
    const [outcome] = await purging;
    await this.#scrub();
    if (outcome === undefined) throw new Error('a purge has an outcome');
    if ('error' in outcome) throw outcome.error;
    return outcome;
  }

  /** An operator vouches for the clock; purging goes on. [RET-8] */
  async confirmClock(actor: string): Promise<void> {
    await confirmClock(this.#ports, actor);
  }

  /** Ends after what is at work. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    await Promise.allSettled([this.#sweeping, ...this.#purging]);
  }

  /**
   * The next sweep is set before this one begins: what is due waits one period at the most. [RET-1]
   */
  #arm(): void {
    if (this.#stopped) return;
    this.#timer = this.#ports.clock.setTimer('sweep', this.#policy.sweepPeriodMs, () => {
      this.#arm();
      this.sweep().catch((error: unknown) => {
        this.#log.error({ err: error }, 'a sweep failed and is tried again at the next');
      });
    });
  }

  async #sweep(): Promise<SweepReport> {
    if (await this.#isQuiet()) return { refused: null, purged: 0, failed: 0, records: {} };
    // [RET-6] A committed intent is final: neither the clock nor the time has a say in it any more.
    const total = await this.#purgeDue('shredding', endOfTime);
    const refused = await this.#mayPurge();
    const records: Record<string, number> = {};
    if (refused === null) {
      await lapseAll(this.#ports, this.#policy);
      for (const possession of ['stored', 'staged'] as const) {
        const swept = await this.#purgeDue(possession, this.#ports.clock.now());
        total.purged += swept.purged;
        total.failed += swept.failed;
      }
      for (const each of this.#classes) {
        const { purged, failed } = await this.#sweepClass(each);
        if (purged > 0) records[each.name] = purged;
        total.failed += failed;
      }
    }
    await this.#scrub();
    const report: SweepReport = { refused, ...total, records };
    if (total.purged + total.failed > 0 || Object.keys(records).length > 0) {
      this.#log.info(report, 'swept');
    }
    // What is wrong is not looked for again by what it may have spoilt.
    if (refused === null) await this.#learnQuiet();
    return report;
  }

  /** Null: purging is allowed now. A doubt about what is held is one about everything. [RET-8] */
  async #mayPurge(): Promise<string | null> {
    const refused = await this.#watch.refusal();
    if (refused !== null) return refused;
    const fault = await registryFault(this.#ports.catalogue.read);
    if (fault !== null) await this.#watch.doubt(fault);
    return fault;
  }

  /** One class's failure must not keep the others beyond their windows. */
  async #sweepClass(each: RecordClass): Promise<{ purged: number; failed: number }> {
    try {
      const purged = await each.sweep();
      if (purged > 0) this.#scrubOwed = true;
      return { purged, failed: 0 };
    } catch (error) {
      this.#log.error({ err: error, records: each.name }, 'a purge failed and is tried again');
      return { purged: 0, failed: 1 };
    }
  }

  /** As long as no row was written, what is due follows from the time alone. */
  async #isQuiet(): Promise<boolean> {
    const { catalogue, clock } = this.#ports;
    if (this.#scrubOwed || (await this.#watch.refusal()) !== null) return false;
    const quiet = this.#quiet;
    return quiet !== null && clock.now() < quiet.until && catalogue.changes() === quiet.changes;
  }

  async #learnQuiet(): Promise<void> {
    const { catalogue } = this.#ports;
    // Taken before the look: what is written meanwhile ends the quiet.
    const changes = catalogue.changes();
    const dues = await Promise.all([
      nextClipDueAt(catalogue.read),
      nextLapseAt(catalogue.read),
      ...this.#classes.map((each) => each.nextDueAt()),
    ]);
    const until = dues.reduce<EpochMs>((a, b) => (b !== null && b < a ? b : a), endOfTime);
    this.#quiet = { changes, until };
  }

  async #purgeDue(
    possession: Possession,
    now: EpochMs,
  ): Promise<{ purged: number; failed: number }> {
    const total = { purged: 0, failed: 0 };
    for await (const page of dueClips(this.#ports.catalogue.read, possession, now)) {
      for (let i = 0; i < page.length; i += purgesAtOnce) {
        // A clock that jumps in the middle of a long sweep ends it.
        if (
          this.#stopped ||
          (possession !== 'shredding' && (await this.#watch.refusal()) !== null)
        ) {
          return total;
        }
        const outcomes = await this.#purge(page.slice(i, i + purgesAtOnce));
        total.purged += outcomes.filter(({ purged }) => purged).length;
        total.failed += outcomes.filter((outcome) => 'error' in outcome).length;
      }
    }
    return total;
  }

  async #purge(keys: readonly ClipKey[]): Promise<readonly (PurgeOutcome | PurgeFailure)[]> {
    const outcomes = await purgeClips(this.#ports, this.#policy, keys, this.#onIntent);
    const unreadable: ClipKey[] = [];
    for (const [i, key] of keys.entries()) {
      const outcome = outcomes[i];
      if (outcome === undefined) continue;
      if (outcome.purged) {
        this.#scrubOwed = true;
        this.#onPurged(key);
      } else if ('error' in outcome) {
        this.#log.error({ err: outcome.error, ...key }, 'a purge failed and is tried again');
      } else if (outcome.because === holdsUnreadable) unreadable.push(key);
    }
    const [first] = unreadable;
    if (first !== undefined) {
      await this.#watch.doubt(`what holds a clip cannot be read: ${first.thing}/${first.clip}`);
    }
    return outcomes;
  }

  /** [RET-7] Nothing of what was purged stays in free pages or the write-ahead log. */
  async #scrub(): Promise<void> {
    if (!this.#scrubOwed) return;
    this.#scrubOwed = !(await this.#ports.catalogue.scrub());
    if (this.#scrubOwed) this.#log.warn('a long read keeps the log from being scrubbed');
  }
}
