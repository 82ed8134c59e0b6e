/**
 * A second, naive model of the rules of custody, written from their words and from nothing of the product: no
 * index, no summary, no cleverness. Everything is looked at anew each time. It knows exact recording
 * times only, and one thing at a time happens in it.
 */

const dayMs = 86_400_000;

/** The numbers of a profile that the rules name. */
export type Numbers = {
  readonly windowMs: number;
  /** What a user's delete does to the bytes: at once, after so long, or nothing. [DEL-2] */
  readonly userDeleteAfterMs: number | null;
  readonly intakeMs: number;
  readonly graceMs: Readonly<Record<string, number>>;
  readonly leaseTermMs: number;
  readonly leaseTotalMs: number;
};

export type ModelClip = {
  readonly name: string;
  readonly thing: string;
  readonly account: string | null;
  readonly recordedAt: number;
  readonly receivedAt: number;
  possession: 'staged' | 'stored' | 'shredded';
  /** Frozen when stored. [RET-3] */
  expiresAt: number | null;
  deletedAt: number | null;
};

export type ModelHold = {
  readonly id: string;
  readonly kind: string;
  readonly named: { readonly thing?: string; readonly account?: string };
  readonly from: number;
  readonly to: number;
  readonly clips: Set<string>;
  expiresAt: number;
  renewed: number;
  endedAt: number | null;
};

export type ModelLease = {
  readonly id: string;
  readonly takenAt: number;
  readonly clips: Set<string>;
  expiresAt: number;
  endedAt: number | null;
};

const never = Number.POSITIVE_INFINITY;
/** How long a kind holds, whether it can be renewed and by how much, and what it captures. [HLD-3] [HLD-4] [HLD-5] */
const kinds: Readonly<Record<string, { days: number; renewalDays: number; continuing: boolean }>> =
  {
    intake: { days: 14, renewalDays: 0, continuing: false },
    'preservation-request': { days: 90, renewalDays: 90, continuing: false },
    'eu-preservation': { days: 60, renewalDays: 30, continuing: false },
    'search-warrant': { days: never, renewalDays: 0, continuing: false },
    'court-order': { days: never, renewalDays: 0, continuing: true },
    'backup-preservation': { days: never, renewalDays: 0, continuing: false },
    litigation: { days: never, renewalDays: 0, continuing: true },
  };
const clipMs = 10_000;

export class Model {
  readonly clips = new Map<string, ModelClip>();
  readonly holds = new Map<string, ModelHold>();
  readonly leases = new Map<string, ModelLease>();
  /** Who owns a device from when on. */
  readonly owners: { readonly thing: string; readonly account: string; readonly from: number }[] =
    [];
  readonly numbers: Numbers;
  now: number;

  constructor(numbers: Numbers, now: number) {
    this.numbers = numbers;
    this.now = now;
  }

  /** Footage belongs to whoever owned the device when it was recorded. */
  ownerAt(thing: string, at: number): string | null {
    return this.owners.findLast((each) => each.thing === thing && each.from <= at)?.account ?? null;
  }

  begin(name: string, thing: string, recordedAt: number): void {
    if (this.clips.has(name)) return;
    const account = this.ownerAt(thing, recordedAt);
    const possession = 'staged';
    const receivedAt = this.now;
    const open = { expiresAt: null, deletedAt: null };
    this.clips.set(name, { name, thing, account, recordedAt, receivedAt, possession, ...open });
  }

  /** The transfer is over, or the device fell silent: what there is is stored. */
  commit(name: string): void {
    const clip = this.clips.get(name);
    if (clip === undefined || clip.possession !== 'staged') return;
    clip.possession = 'stored';
    clip.expiresAt = clip.recordedAt + this.numbers.windowMs;
    // [HLD-3]
    for (const hold of this.holds.values()) {
      const isContinuing = kinds[hold.kind]?.continuing === true;
      if (isContinuing && this.inForce(hold) && this.reaches(hold, clip)) hold.clips.add(name);
    }
    // [RET-4] One that is late is purged at once, unless held; so is one deleted while it arrived.
    this.purgeIfDue(clip);
  }

  /** Devices fell silent: what came of their clips is stored. [WIRE-7] */
  commitSilent(now: number): void {
    this.now = now;
    for (const { name, possession } of this.clips.values()) {
      if (possession === 'staged') this.commit(name);
    }
  }

  /** Whether there was something to delete. [DEL-1] */
  delete(name: string, account: string): boolean {
    const clip = this.clips.get(name);
    if (clip === undefined || clip.account !== account || !this.isVisible(clip)) return false;
    clip.deletedAt = this.now;
    this.purgeIfDue(clip);
    return true;
  }

  /** Whether it is placed; false: there are no records. [HLD-7] */
  place(
    hold: Pick<ModelHold, 'id' | 'kind' | 'named' | 'from' | 'to'>,
  ): 'placed' | 'placed-before' | 'no-records' {
    if (this.holds.has(hold.id)) return 'placed-before';
    const kind = kinds[hold.kind];
    if (kind === undefined) throw new Error(`no kind ${hold.kind}`);
    const termMs = hold.kind === 'intake' ? this.numbers.intakeMs : kind.days * dayMs;
    const expiresAt = this.now + termMs;
    const made = { ...hold, clips: new Set<string>(), expiresAt, renewed: 0, endedAt: null };
    for (const clip of this.clips.values()) {
      if (clip.possession !== 'shredded' && this.reaches(made, clip)) made.clips.add(clip.name);
    }
    if (made.clips.size === 0 && !kind.continuing) return 'no-records';
    this.holds.set(hold.id, made);
    return 'placed';
  }

  renew(id: string): boolean {
    const hold = this.holds.get(id);
    if (hold === undefined) return false;
    const renewalDays = kinds[hold.kind]?.renewalDays ?? 0;
    if (renewalDays === 0 || hold.renewed > 0 || !this.inForce(hold)) return false;
    hold.renewed += 1;
    hold.expiresAt += renewalDays * dayMs;
    return true;
  }

  release(id: string): boolean {
    const hold = this.holds.get(id);
    if (hold === undefined) return false;
    if (this.inForce(hold)) hold.endedAt = this.now;
    return true;
  }

  /** Null, or a clip that is not there to be leased. */
  lease(id: string, names: readonly string[]): boolean {
    if (this.leases.has(id)) return true;
    if (names.some((name) => this.clips.get(name)?.possession !== 'stored')) return false;
    const takenAt = this.now;
    const expiresAt = takenAt + this.numbers.leaseTermMs;
    this.leases.set(id, { id, takenAt, clips: new Set(names), expiresAt, endedAt: null });
    return true;
  }

  endLease(id: string): void {
    const lease = this.leases.get(id);
    if (lease !== undefined && this.leaseInForce(lease)) lease.endedAt = this.now;
  }

  /** Silent devices first, then the sweep: whatever is purgeable now is purged by now. [RET-1] */
  sweep(): void {
    for (const clip of this.clips.values()) this.purgeIfDue(clip);
  }

  inForce(hold: ModelHold): boolean {
    return hold.endedAt === null && this.now < hold.expiresAt;
  }

  leaseInForce(lease: ModelLease): boolean {
    return lease.endedAt === null && this.now < lease.expiresAt;
  }

  holdsOn(name: string): readonly string[] {
    return [...this.holds.values()]
      .filter((hold) => this.inForce(hold) && hold.clips.has(name))
      .map(({ id }) => id)
      .sort();
  }

  leasesOn(name: string): readonly string[] {
    return [...this.leases.values()]
      .filter((lease) => this.leaseInForce(lease) && lease.clips.has(name))
      .map(({ id }) => id)
      .sort();
  }

  /** Whatever the holds. */
  isVisible(clip: ModelClip): boolean {
    if (clip.possession === 'shredded' || clip.deletedAt !== null) return false;
    return clip.expiresAt === null || this.now < clip.expiresAt;
  }

  deleteAt({ expiresAt, deletedAt }: ModelClip): number {
    const { userDeleteAfterMs } = this.numbers;
    const byUser =
      deletedAt === null || userDeleteAfterMs === null ? never : deletedAt + userDeleteAfterMs;
    return Math.min(expiresAt ?? never, byUser);
  }

  isPurgeable(clip: ModelClip): boolean {
    const deleteAt = this.deleteAt(clip);
    if (clip.possession === 'shredded' || this.now < deleteAt) return false;
    if (this.holdsOn(clip.name).length > 0 || this.leasesOn(clip.name).length > 0) return false;
    return ![...this.holds.values()].some((hold) => {
      if (!hold.clips.has(clip.name)) return false;
      const endedAt = hold.endedAt ?? hold.expiresAt;
      // [HLD-7] A grace never lengthens a life that no hold had lengthened.
      return endedAt > deleteAt && this.now < endedAt + (this.numbers.graceMs[hold.kind] ?? 0);
    });
  }

  private purgeIfDue(clip: ModelClip): void {
    if (this.isPurgeable(clip)) clip.possession = 'shredded';
  }

  private reaches(hold: Pick<ModelHold, 'named' | 'from' | 'to'>, clip: ModelClip): boolean {
    const { thing, account } = hold.named;
    if (thing !== undefined && thing !== clip.thing) return false;
    if (account !== undefined && account !== clip.account) return false;
    return clip.recordedAt < hold.to && clip.recordedAt + clipMs > hold.from;
  }
}
