/**
 * What the transparency report counts, gathered entry by entry from the ledger and from nothing
 * else: whoever has the ledger's files gets the same numbers. [LOG-3]
 */
import type { z } from 'zod';
import type { EpochMs } from '../../device/wire/time.ts';
import type { HoldKind } from '../custody/holds-policy.ts';
import { isMatterKind, type MatterKind, matterFacts, type OutcomeCode } from './matter-facts.ts';
import type { ProcessId, ReportBucket } from './process-rules.ts';
import type { Reason } from './reasons.ts';

/** From the first (inclusive) to the second (exclusive). */
export type Period = { readonly from: EpochMs; readonly to: EpochMs };

export type FoldEntry = {
  readonly kind: string;
  readonly at: number;
  readonly facts: Readonly<Record<string, unknown>>;
};

export type CountedDemand = {
  readonly process: ProcessId;
  readonly bucket: ReportBucket;
  readonly agency: string;
  readonly receivedAt: number;
  readonly accountsNamed: number;
  readonly devicesNamed: number;
  /** The last one before the end of the period; null: it waits. */
  decision: {
    readonly at: number;
    readonly outcome: OutcomeCode;
    readonly reasons: readonly Reason[];
    readonly content: number;
    readonly items: number;
  } | null;
};

export type CountedHold = {
  readonly kind: HoldKind;
  readonly basis: string;
  readonly placedAt: number;
  ownerDeleted: number;
  readonly renewedAt: number[];
  ended: { readonly at: number; readonly because: string } | null;
};

export type CountedSilence = {
  readonly from: number;
  readonly until: number | null;
  readonly beganAt: number;
  ended: { readonly at: number; readonly because: 'expired' | 'lifted' } | null;
};

type Facts<Kind extends MatterKind> = z.output<(typeof matterFacts)[Kind]>;

export class TransparencyFold {
  readonly period: Period;
  readonly demands = new Map<string, CountedDemand>();
  readonly holds = new Map<string, CountedHold>();
  readonly silences: { readonly demand: string; readonly silence: CountedSilence }[] = [];
  readonly notices: { readonly at: number; readonly when: 'before' | 'after' }[] = [];
  /** Process that came after an emergency, or did not by its day. */
  readonly followUps: { readonly at: number; readonly came: boolean }[] = [];
  /** Entries that no report may pass over in silence: their facts are not what the kind promises. */
  unreadable = 0;

  constructor(period: Period) {
    this.period = period;
  }

  add({ kind, at, facts }: FoldEntry): void {
    if (at >= this.period.to || !isMatterKind(kind)) return;
    switch (kind) {
      case 'demand-received':
        this.#read(kind, facts, (read) => this.#received(at, read));
        break;
      case 'demand-decided':
        this.#read(kind, facts, (read) => this.#decided(at, read));
        break;
      case 'hold-placed':
        this.#read(kind, facts, (read) => {
          const { hold, basis, ownerDeleted = 0 } = read;
          const placed = { kind: read.kind, basis, placedAt: at, ownerDeleted };
          this.holds.set(hold, { ...placed, renewedAt: [], ended: null });
        });
        break;
      case 'hold-reached':
        this.#read(kind, facts, ({ hold, ownerDeleted }) => {
          const found = this.holds.get(hold);
          if (found !== undefined) found.ownerDeleted = ownerDeleted;
        });
        break;
      case 'hold-renewed':
        this.#read(kind, facts, ({ hold }) => {
          this.holds.get(hold)?.renewedAt.push(at);
        });
        break;
      case 'hold-ended':
        this.#read(kind, facts, ({ hold, because }) => {
          const found = this.holds.get(hold);
          if (found !== undefined) found.ended ??= { at, because };
        });
        break;
      case 'silence-began':
        this.#read(kind, facts, ({ demand, from, until }) => {
          this.silences.push({ demand, silence: { from, until, beganAt: at, ended: null } });
        });
        break;
      case 'silence-ended':
        this.#read(kind, facts, ({ demand, because }) => {
          for (const each of this.silences) {
            if (each.demand === demand) each.silence.ended ??= { at, because };
          }
        });
        break;
      case 'notice-sent':
        this.#read(kind, facts, ({ when }) => {
          this.notices.push({ at, when });
        });
        break;
      case 'emergency-followed':
        this.#read(kind, facts, ({ suffices }) => {
          if (suffices) this.followUps.push({ at, came: true });
        });
        break;
      case 'emergency-unfollowed':
        this.#read(kind, facts, () => {
          this.followUps.push({ at, came: false });
        });
        break;
      case 'intake-checked':
      case 'demand-reviewed':
      case 'demand-approved':
      case 'demand-closed':
      case 'hold-refused':
      case 'export-leased':
      case 'export-sealed':
      case 'export-delivered':
      case 'export-purged':
        break;
    }
  }

  isWithin(at: number): boolean {
    return at >= this.period.from && at < this.period.to;
  }

  #read<Kind extends MatterKind>(
    kind: Kind,
    facts: FoldEntry['facts'],
    count: (facts: Facts<Kind>) => void,
  ): void {
    const parsed = matterFacts[kind].safeParse(facts);
    if (parsed.success) count(parsed.data as Facts<Kind>);
    else this.unreadable++;
  }

  #received(at: number, facts: Facts<'demand-received'>): void {
    const { demand, process, reportAs, agency, accountsNamed, devicesNamed } = facts;
    this.demands.set(demand, {
      process,
      bucket: reportAs,
      agency,
      receivedAt: at,
      accountsNamed,
      devicesNamed,
      decision: null,
    });
  }

  #decided(at: number, facts: Facts<'demand-decided'>): void {
    const { demand, outcome, reasons, released } = facts;
    const found = this.demands.get(demand);
    if (found === undefined) return;
    const items = released.subscriber + released['non-content'] + released.content;
    found.decision = { at, outcome, reasons, content: released.content, items };
  }
}
