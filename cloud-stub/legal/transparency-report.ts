/**
 * The transparency report: how often who asked for what, and what they got, with nothing in it from
 * which a single matter could be told. Numbers below ten are not published, nor are those that would
 * give them away. National security process is told in bands only, as 50 USC 1874(a)(3) allows (from
 * memory, to be confirmed), and is part of no total. [LOG-3]
 */
import { days } from '../../device/wire/time.ts';
import { holdKinds } from '../custody/holds-policy.ts';
import { reasons } from './reasons.ts';
import {
  countAll,
  holdEndings,
  outcomes,
  smallestCount,
  type Told,
  told,
  total,
} from './transparency-counts.ts';
import type { CountedDemand, Period, TransparencyFold } from './transparency-fold.ts';
import { suppressed } from './transparency-suppression.ts';

const bandWidth = 250;

/** Null: not published, to protect small numbers. */
export type Cell = number | null;

export type TransparencyReport = {
  readonly v: 1;
  readonly period: Period;
  readonly smallestCount: number;
  /** One for each kind of process; national security apart. The last is of all together. */
  readonly processes: readonly ProcessFigures[];
  readonly nationalSecurity: { readonly received: string; readonly accountsNamed: string };
  /** Of the demands rejected: why. */
  readonly rejections: Readonly<Record<string, Cell>>;
  readonly emergencies: {
    readonly granted: Cell;
    readonly denied: Cell;
    readonly verificationFailed: Cell;
    readonly deniedOtherwise: Cell;
    /** After which legal process came, sooner or later; and of which none had come by its day. */
    readonly followed: Cell;
    readonly unfollowed: Cell;
  };
  readonly silences: {
    readonly began: Cell;
    readonly expired: Cell;
    readonly lifted: Cell;
    readonly withoutEnd: Cell;
    readonly meanDays: Cell;
  };
  readonly notices: { readonly sent: Cell; readonly before: Cell; readonly after: Cell };
  readonly holds: {
    readonly placed: Cell;
    readonly byKind: Readonly<Record<string, Cell>>;
    readonly renewed: Cell;
    readonly ended: Cell;
    /** Converted: the process that a preservation waited for came. Lapsed: it never did. */
    readonly byEnding: Readonly<Record<string, Cell>>;
    /** Clips their owner had deleted when they were held. */
    readonly ownerDeletedClips: Cell;
  };
  /** Entries whose facts could not be read; a sound ledger has none. */
  readonly unreadable: number;
};

export type ProcessFigures = {
  readonly process: Told | 'all';
  readonly received: Cell;
  /** By outcome; `waiting`: not decided when the period ended. */
  readonly outcomes: Readonly<Record<string, Cell>>;
  /** Of those answered in full or in part. */
  readonly contentProduced: Cell;
  readonly withoutContent: Cell;
  readonly agencies: Cell;
  readonly accountsNamed: Cell;
  readonly devicesNamed: Cell;
  readonly itemsReleased: Cell;
  /** From receipt to answer, whole days. */
  readonly medianDays: Cell;
};

export function transparencyReport(fold: TransparencyFold): TransparencyReport {
  const demands = [...fold.demands.values()].filter(({ receivedAt }) => fold.isWithin(receivedAt));
  const open = demands.filter(({ bucket }) => bucket !== 'national-security');
  const { counts, sums, small } = countAll(fold, open);
  const hidden = suppressed(counts, sums, smallestCount, small);
  const cell = (name: string): Cell => (hidden.has(name) ? null : (counts.get(name) ?? 0));
  const secret = demands.filter(({ bucket }) => bucket === 'national-security');
  return {
    v: 1,
    period: fold.period,
    smallestCount,
    processes: [...told, 'all' as const].map((process) => {
      const own = process === 'all' ? open : open.filter(({ bucket }) => bucket === process);
      return processFigures(process, own, cell);
    }),
    nationalSecurity: {
      received: band(secret.length),
      accountsNamed: band(total(secret, ({ accountsNamed }) => accountsNamed)),
    },
    rejections: record(reasons, (reason) => cell(`rejected/${reason}`)),
    emergencies: {
      granted: cell('emergencies/granted'),
      denied: cell('emergency/REJECTED'),
      verificationFailed: cell('emergencies/unverified'),
      deniedOtherwise: cell('emergencies/otherwise'),
      followed: cell('emergencies/followed'),
      unfollowed: cell('emergencies/unfollowed'),
    },
    silences: {
      began: cell('silences/began'),
      expired: cell('silences/expired'),
      lifted: cell('silences/lifted'),
      withoutEnd: cell('silences/endless'),
      meanDays: meanSilence(fold, cell('silences/ending')),
    },
    notices: {
      sent: cell('notices/sent'),
      before: cell('notices/before'),
      after: cell('notices/after'),
    },
    holds: {
      placed: cell('holds/placed'),
      byKind: record(holdKinds, (kind) => cell(`holds/${kind}`)),
      renewed: cell('holds/renewed'),
      ended: cell('holds/ended'),
      byEnding: record(holdEndings, (ending) => cell(`holds/ended/${ending}`)),
      ownerDeletedClips: cell('holds/ownerDeleted'),
    },
    unreadable: fold.unreadable,
  };
}

function processFigures(
  process: Told | 'all',
  demands: readonly CountedDemand[],
  cell: (name: string) => Cell,
): ProcessFigures {
  const agencies = new Set(demands.map(({ agency }) => agency)).size;
  const waits = demands.flatMap(({ decision, receivedAt }) =>
    decision === null ? [] : [decision.at - receivedAt],
  );
  return {
    process,
    received: cell(`${process}/received`),
    outcomes: record(outcomes, (outcome) => cell(`${process}/${outcome}`)),
    contentProduced: cell(`${process}/content`),
    withoutContent: cell(`${process}/noContent`),
    agencies: agencies > 0 && agencies < smallestCount ? null : agencies,
    accountsNamed: cell(`${process}/accounts`),
    devicesNamed: cell(`${process}/devices`),
    itemsReleased: cell(`${process}/items`),
    medianDays: waits.length < smallestCount ? null : Math.floor(median(waits) / days(1)),
  };
}

/** Over those with an end, and only when there are enough of them. */
function meanSilence(fold: TransparencyFold, ending: Cell): Cell {
  if (ending === null || ending === 0) return null;
  const lengths = fold.silences.flatMap(({ silence: { from, until, beganAt } }) =>
    until !== null && fold.isWithin(beganAt) ? [until - from] : [],
  );
  return Math.floor(total(lengths, (length) => length) / lengths.length / days(1));
}

const band = (count: number): string => {
  const from = Math.floor(count / bandWidth) * bandWidth;
  return `${from}-${from + bandWidth - 1}`;
};

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

const record = <Key extends string>(
  keys: readonly Key[],
  of: (key: Key) => Cell,
): Readonly<Record<string, Cell>> => Object.fromEntries(keys.map((key) => [key, of(key)]));
