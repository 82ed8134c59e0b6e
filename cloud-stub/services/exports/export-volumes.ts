/**
 * A wide export comes in volumes: bags of at most so many clips, each sealed and whole by itself, each naming all of
 * them. Leases are taken in transactions that are not too long, and no bag grows past what a verifier takes. The first
 * volume is leased, sealed, delivered and removed last, so that its state is the state of all.
 */
import { createHash } from 'node:crypto';
import type { Ulid } from '../../../device/wire/ids.ts';
import { bagName, compareClips } from '../../legal/export-manifest.ts';
import type { ExportOrder } from '../../legal/export-order.ts';
import type { Ports } from '../../ports.ts';
import { markAsked } from './export-build.ts';
import { exportLimits } from './export-limits.ts';
import { findExport, orderOf } from './export-rows.ts';
import { tarEndBytes } from './export-tar.ts';
import type { ExportFacts, Exports, LeaseOutcome, OpenBag } from './exports.ts';

export function inVolumes(
  bags: Exports,
  ports: Pick<Ports, 'catalogue' | 'clock'>,
  clipsMax: number = exportLimits.clipsMax,
): Exports {
  /** The ids of all volumes of this export, the first one last; itself alone where there is but one. */
  async function volumesOf(id: Ulid): Promise<readonly Ulid[]> {
    const row = await findExport(ports.catalogue.read, id);
    const volume = row === null || row.state === 'removed' ? undefined : orderOf(row).volume;
    return volume?.number === 1 ? volume.exports.toReversed() : [id];
  }

  async function lease(order: ExportOrder): Promise<LeaseOutcome> {
    const leased: Ulid[] = [];
    let outcome: LeaseOutcome | null = null;
    for (const each of volumes(order, clipsMax).toReversed()) {
      outcome = await bags.lease(each);
      if (!outcome.leased) break;
      leased.push(each.export);
    }
    if (outcome === null) throw new Error('an export has a volume');
    if (!outcome.leased) for (const id of leased) await bags.remove(id, 'given-up');
    return outcome.leased ? { leased: true, facts: await found(order.export) } : outcome;
  }

  async function find(id: Ulid): Promise<ExportFacts | null> {
    const facts = await Promise.all((await volumesOf(id)).map((each) => bags.find(each)));
    const own = facts.at(-1) ?? null;
    if (own === null) return null;
    const sum = (of: 'items' | 'files' | 'sizeBytes') =>
      facts.reduce((all, each) => all + (each?.[of] ?? 0), 0);
    const sums = { items: sum('items'), files: sum('files'), sizeBytes: sum('sizeBytes') };
    return { ...own, ...sums, volumes: facts.length };
  }

  async function found(id: Ulid): Promise<ExportFacts> {
    const facts = await find(id);
    if (facts === null) throw new Error(`export ${id} was leased and is not there`);
    return facts;
  }

  return {
    lease,
    find,
    async seal(id) {
      const ids = await volumesOf(id);
      // A restart goes on with all of them.
      if (ids.length > 1) for (const each of ids) await markAsked(ports, each);
      for (const each of ids) {
        const outcome = await bags.seal(each);
        if (!outcome.sealed) return outcome;
      }
      return { sealed: true, facts: await found(id) };
    },
    async open(id) {
      const opened: OpenBag[] = [];
      for (const each of (await volumesOf(id)).toReversed()) {
        const bag = await bags.open(each);
        if (bag === null) {
          for (const { close } of opened) await close();
          return null;
        }
        opened.push(bag);
      }
      return joined(id, opened);
    },
    async delivered(id, actor) {
      let isDone = false;
      for (const each of await volumesOf(id)) isDone = await bags.delivered(each, actor);
      return isDone;
    },
    async remove(id, because) {
      for (const each of await volumesOf(id)) await bags.remove(each, because);
    },
    resume: () => bags.resume(),
    stop: () => bags.stop(),
  };
}

/** One after another by time; what is not footage comes with the first. */
function volumes(order: ExportOrder, clipsMax: number): readonly ExportOrder[] {
  const { export: id, clips } = order;
  const of = Math.ceil(clips.length / clipsMax);
  if (of <= 1) return [order];
  const sorted = clips.toSorted(compareClips);
  const exports = Array.from({ length: of }, (_, index) => volumeId(id, index + 1));
  return exports.map((each, index) => ({
    ...order,
    export: each,
    clips: sorted.slice(index * clipsMax, (index + 1) * clipsMax),
    records: index === 0 ? order.records : [],
    volume: { number: index + 1, exports },
  }));
}

/** The first has the export's own; the same again for the same export. */
function volumeId(id: Ulid, number: number): Ulid {
  if (number === 1) return id;
  const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  const hash = createHash('sha256').update(`${id} volume ${number}`).digest();
  const tail = [...hash.subarray(0, 16)].map((byte) => digits[byte % digits.length]).join('');
  return `${id.slice(0, 10)}${tail}` as Ulid;
}

/** Several bags as one tar: a folder each. */
function joined(id: Ulid, bags: readonly OpenBag[]): OpenBag {
  const [only] = bags;
  if (bags.length === 1 && only !== undefined) return only;
  return {
    name: bagName(id),
    files: bags.flatMap(({ name, files }) =>
      files.map((file) => ({ ...file, path: `${name}/${file.path}` })),
    ),
    read(path) {
      const slash = path.indexOf('/');
      const bag = bags.find(({ name }) => name === path.slice(0, slash));
      if (bag === undefined) throw new Error(`there is no ${path} in ${bagName(id)}`);
      return bag.read(path.slice(slash + 1));
    },
    tarBytes: bags.reduce((sum, { tarBytes }) => sum + tarBytes, -(bags.length - 1) * tarEndBytes),
    async *tar() {
      for (const [index, bag] of bags.entries())
        yield* bag.tar({ isLast: index === bags.length - 1 });
    },
    async close() {
      for (const bag of bags) await bag.close();
    },
  };
}
