/** Whether what a cloud holds is what its doorbells recorded; every breach of a promise, as a sentence. */
import type { ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { Ports } from '../../cloud-stub/ports.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import type { Receipt, Trigger } from '../../device/wire/messages.ts';
import type { Notes } from './evidence.ts';
import type { Press } from './staged-doorbell.ts';

export type Recorded = {
  readonly thing: ThingName;
  readonly notes: Notes;
  readonly clips: ReadonlyMap<Ulid, readonly Uint8Array[]>;
  /** Receipts the doorbell may have seen. */
  readonly receipts: readonly Receipt[];
  /** Presses after which the doorbell lived long enough to note them. */
  readonly bindingPresses: readonly Press[];
};

type Storage = Pick<Ports, 'catalogue' | 'vault' | 'keys'>;

/** How far the doorbell's clock may read another time than the harness's. */
const pressToleranceMs = 200;

export async function judge(storage: Storage, recorded: Recorded): Promise<string[]> {
  const { thing } = recorded;
  const rows = await storage.catalogue.read
    .selectFrom('clips')
    .selectAll()
    .where('thing', '=', thing)
    .execute();
  const byClip = new Map(rows.map((row) => [row.clip, row]));
  const breaches = [
    ...twice(rows),
    ...missing(recorded, byClip),
    ...receiptBreaches(recorded, byClip),
    ...(await ringBreaches(storage, recorded, byClip)),
  ];
  for (const row of rows) breaches.push(...(await clipBreaches(storage, recorded, row)));
  return breaches.map((breach) => `${thing}: ${breach}`);
}

/** Nothing is stored twice. */
function twice(rows: readonly ClipRow[]): string[] {
  const seen = new Map<number, Ulid>();
  return rows.flatMap(({ clip, seq }) => {
    const other = seen.get(seq);
    seen.set(seq, clip);
    return other === undefined ? [] : [`clips ${other} and ${clip} both have seq ${seq}`];
  });
}

/** Every clip that became durable on the doorbell has come to the cloud. */
function missing({ notes }: Recorded, byClip: ReadonlyMap<Ulid, ClipRow>): string[] {
  return notes.openings
    .filter(({ clip }) => !byClip.has(clip))
    .map(({ clip }) => `clip ${clip} was recorded and never arrived`);
}

/** Nothing that was acknowledged is missing. [WIRE-1] */
function receiptBreaches(recorded: Recorded, byClip: ReadonlyMap<Ulid, ClipRow>): string[] {
  return recorded.receipts.flatMap(({ clip, state, have }) => {
    const row = byClip.get(clip);
    if (row === undefined) return [`clip ${clip} was acknowledged and is not there`];
    const acknowledged = Math.max(0, ...have.map(([, to]) => to + 1));
    if (state === 'stored' && row.possession !== 'stored') {
      return [`clip ${clip} was acknowledged as stored and is ${row.possession}`];
    }
    return row.disposition !== 'evicted' && acknowledged > row.chunks
      ? [`clip ${clip} has ${row.chunks} chunks, ${acknowledged} were acknowledged`]
      : [];
  });
}

/** Every ring has exactly one event and exactly one clip. */
async function ringBreaches(
  { catalogue }: Storage,
  { thing, notes, bindingPresses }: Recorded,
  byClip: ReadonlyMap<Ulid, ClipRow>,
): Promise<string[]> {
  const stored = await catalogue.read
    .selectFrom('events')
    .select(['id', 'seq', 'kind', 'at', 'clip'])
    .where('thing', '=', thing)
    .execute();
  const ids = new Set(stored.map(({ id }) => id));
  const lost = notes.events
    .filter(({ id }) => !ids.has(id))
    .map(({ id, kind }) => `event ${id} (${kind}) became durable and never arrived`);
  const rings = stored.filter(({ kind }) => kind === 'ding');
  const clipless = rings.flatMap(({ id, clip }) => {
    const row = clip === null ? undefined : byClip.get(clip);
    if (row === undefined) return [`ring ${id} has no clip`];
    const triggers = JSON.parse(row.triggers) as Trigger[];
    return row.trigger === 'ding' || triggers.some(({ kind }) => kind === 'ding')
      ? []
      : [`ring ${id} is not among the triggers of its clip ${row.clip}`];
  });
  const isHeard = ({ fromMs, toMs }: Press): boolean =>
    rings.some(({ at }) => at >= fromMs - pressToleranceMs && at <= toMs + pressToleranceMs);
  const unheard = bindingPresses
    .filter((press) => !isHeard(press))
    .map(({ fromMs }) => `the press of ${new Date(fromMs).toISOString()} is no ring`);
  return [...lost, ...clipless, ...unheard];
}

/** Stored whole, or marked truncated with its reason; and every byte as it was recorded. */
async function clipBreaches(
  { vault, keys }: Storage,
  { clips }: Recorded,
  row: ClipRow,
): Promise<string[]> {
  const { thing, clip, disposition, possession } = row;
  if (disposition === null) return [`clip ${clip} is not finished (${possession})`];
  if (disposition !== 'complete' && row.reason === null) {
    return [`clip ${clip} is ${disposition} without a reason`];
  }
  if (disposition === 'evicted' || disposition === 'aborted') return [];
  if (possession !== 'stored') return [`clip ${clip} is ${disposition} and ${possession}`];
  const evidence = clips.get(clip) ?? [];
  if (disposition === 'complete' && row.chunks !== evidence.length) {
    return [`clip ${clip} is complete with ${row.chunks} of ${evidence.length} chunks`];
  }
  if (row.chunks > evidence.length) {
    return [`clip ${clip} has ${row.chunks} chunks, ${evidence.length} were recorded`];
  }
  if (row.chunks === 0) return [];
  const dataKey = await keys.find({ thing, clip });
  const reader = dataKey === null ? null : await vault.openRead({ thing, clip }, dataKey);
  if (reader === null) return [`clip ${clip} cannot be read`];
  try {
    for (let index = 0; index < row.chunks; index++) {
      const stored = await reader.read(index);
      if (Buffer.compare(stored, evidence[index] ?? Buffer.alloc(0)) !== 0) {
        return [`clip ${clip}: chunk ${index} is not what was recorded`];
      }
    }
  } finally {
    await reader.close();
  }
  return [];
}
