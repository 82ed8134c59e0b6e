/** The counts of the transparency report, and how they add up. [LOG-3] */
import { holdKinds } from '../custody/holds-policy.ts';
import { outcomeCodes } from './matter-facts.ts';
import { type ReportBucket, reportBuckets } from './process-rules.ts';
import { reasons } from './reasons.ts';
import type { CountedDemand, TransparencyFold } from './transparency-fold.ts';
import type { Counts, Sum } from './transparency-suppression.ts';

export const smallestCount = 10;

/** Those that are told in numbers; national security is told in bands. */
export type Told = Exclude<ReportBucket, 'national-security'>;
export const told = reportBuckets.filter(
  (bucket): bucket is Told => bucket !== 'national-security',
);
/** `waiting`: not decided when the period ended. */
export const outcomes = [...outcomeCodes, 'waiting'] as const;
export const holdEndings = ['released', 'rejected', 'converted', 'lapsed'] as const;

const amounts = ['accounts', 'devices', 'items'] as const;
const parts = ['received', 'content', 'noContent', ...amounts, ...outcomes] as const;

export type AllCounts = {
  readonly counts: Counts;
  readonly sums: readonly Sum[];
  /** Amounts to which so few demands contribute that they would tell of one of them. */
  readonly small: readonly string[];
};

/** `demands` are those of the period that are told in numbers. */
export function countAll(fold: TransparencyFold, demands: readonly CountedDemand[]): AllCounts {
  const counts = new Map<string, number>();
  const sums: Sum[] = [];
  countDemands(demands, counts, sums);
  countSilences(fold, counts, sums);
  countHolds(fold, counts, sums);
  countNotices(fold, counts, sums);
  countFollowUps(fold, counts);
  const small = [...told, 'all'].flatMap((process) => {
    const received = counts.get(`${process}/received`) ?? 0;
    return received > 0 && received < smallestCount
      ? amounts.map((amount) => `${process}/${amount}`)
      : [];
  });
  return { counts, sums, small };
}

function countDemands(
  demands: readonly CountedDemand[],
  counts: Map<string, number>,
  sums: Sum[],
): void {
  const add = (name: string, count = 1): unknown =>
    counts.set(name, (counts.get(name) ?? 0) + count);
  for (const process of [...told, 'all']) {
    for (const part of parts) add(`${process}/${part}`, 0);
  }
  for (const reason of reasons) add(`rejected/${reason}`, 0);
  for (const part of ['granted', 'unverified', 'otherwise']) add(`emergencies/${part}`, 0);
  for (const { bucket, decision, accountsNamed, devicesNamed } of demands) {
    const outcome = decision?.outcome ?? 'waiting';
    const isAnswered = outcome === 'FULL' || outcome === 'PARTIAL';
    for (const process of [bucket, 'all']) {
      add(`${process}/received`);
      add(`${process}/${outcome}`);
      add(`${process}/accounts`, accountsNamed);
      add(`${process}/devices`, devicesNamed);
      add(`${process}/items`, decision?.items ?? 0);
      if (isAnswered) add(`${process}/${(decision?.content ?? 0) > 0 ? 'content' : 'noContent'}`);
    }
    const [reason] = decision?.reasons ?? [];
    if (outcome === 'REJECTED' && reason !== undefined) add(`rejected/${reason}`);
    if (bucket !== 'emergency') continue;
    if (isAnswered) add('emergencies/granted');
    if (outcome === 'REJECTED') {
      add(reason === 'unverified_sender' ? 'emergencies/unverified' : 'emergencies/otherwise');
    }
  }
  for (const process of [...told, 'all']) {
    const own = (part: string): string => `${process}/${part}`;
    sums.push({ total: own('received'), parts: outcomes.map(own) });
    // An answer in full or in part holds content or does not; the sum of both is never published.
    const answered = own('answered');
    counts.set(answered, (counts.get(own('FULL')) ?? 0) + (counts.get(own('PARTIAL')) ?? 0));
    sums.push({ total: answered, parts: [own('FULL'), own('PARTIAL')] });
    sums.push({ total: answered, parts: [own('content'), own('noContent')] });
  }
  for (const part of parts) {
    sums.push({ total: `all/${part}`, parts: told.map((process) => `${process}/${part}`) });
  }
  sums.push({ total: 'all/REJECTED', parts: reasons.map((reason) => `rejected/${reason}`) });
  const denied = ['emergencies/unverified', 'emergencies/otherwise'];
  sums.push({ total: 'emergency/REJECTED', parts: denied });
  sums.push({ total: 'emergencies/granted', parts: ['emergency/answered'] });
}

function countSilences(fold: TransparencyFold, counts: Map<string, number>, sums: Sum[]): void {
  const all = fold.silences.map(({ silence }) => silence);
  const began = all.filter(({ beganAt }) => fold.isWithin(beganAt));
  const ended = all.flatMap(({ ended: end }) =>
    end !== null && fold.isWithin(end.at) ? [end] : [],
  );
  const endless = began.filter(({ until }) => until === null).length;
  counts.set('silences/began', began.length);
  counts.set('silences/endless', endless);
  counts.set('silences/ending', began.length - endless);
  counts.set('silences/expired', ended.filter(({ because }) => because === 'expired').length);
  counts.set('silences/lifted', ended.filter(({ because }) => because === 'lifted').length);
  sums.push({ total: 'silences/began', parts: ['silences/endless', 'silences/ending'] });
}

function countHolds(fold: TransparencyFold, counts: Map<string, number>, sums: Sum[]): void {
  const all = [...fold.holds.values()];
  const placed = all.filter(({ placedAt }) => fold.isWithin(placedAt));
  counts.set('holds/placed', placed.length);
  for (const kind of holdKinds) {
    counts.set(`holds/${kind}`, placed.filter((hold) => hold.kind === kind).length);
  }
  sums.push({ total: 'holds/placed', parts: holdKinds.map((kind) => `holds/${kind}`) });
  counts.set(
    'holds/ownerDeleted',
    total(placed, ({ ownerDeleted }) => ownerDeleted),
  );
  counts.set(
    'holds/renewed',
    total(all, (hold) => hold.renewedAt.filter((at) => fold.isWithin(at)).length),
  );
  const ended = all.flatMap(({ ended: end }) =>
    end !== null && fold.isWithin(end.at) ? [end] : [],
  );
  counts.set('holds/ended', ended.length);
  for (const ending of holdEndings) {
    counts.set(`holds/ended/${ending}`, ended.filter(({ because }) => because === ending).length);
  }
  sums.push({ total: 'holds/ended', parts: holdEndings.map((each) => `holds/ended/${each}`) });
}

function countNotices(fold: TransparencyFold, counts: Map<string, number>, sums: Sum[]): void {
  const sent = fold.notices.filter(({ at }) => fold.isWithin(at));
  counts.set('notices/sent', sent.length);
  for (const side of ['before', 'after'] as const) {
    counts.set(`notices/${side}`, sent.filter(({ when }) => when === side).length);
  }
  sums.push({ total: 'notices/sent', parts: ['notices/before', 'notices/after'] });
}

/** Who missed its day may still come: the two add up to nothing. */
function countFollowUps(fold: TransparencyFold, counts: Map<string, number>): void {
  const noted = fold.followUps.filter(({ at }) => fold.isWithin(at));
  const came = noted.filter((each) => each.came).length;
  counts.set('emergencies/followed', came);
  counts.set('emergencies/unfollowed', noted.length - came);
}

export const total = <Item>(items: readonly Item[], of: (item: Item) => number): number =>
  items.reduce((sum, item) => sum + of(item), 0);
