/** What must be true of a life whatever went wrong in it. Each law gives what breaks it. */
import type { AccountId, ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { ClipKey } from '../../cloud-stub/ports.ts';
import { fsck } from '../../cloud-stub/services/fsck/fsck.ts';
import type { EpochMs } from '../../device/wire/time.ts';
import { ownedBy } from './custody-law.ts';
import { type ToldLoss, toldLosses } from './journal-rot.ts';
import type { MortalBell } from './mortal-bell.ts';
import { clipName } from './mortal-ports.ts';
import type { Life } from './story.ts';
import { gaveUp, isGoing } from './witness.ts';

const isGone = ({ possession }: ClipRow): boolean => possession === 'shredded';

async function rowsOf({ cloud }: Life): Promise<ReadonlyMap<string, ClipRow>> {
  const rows = await cloud.storage.catalogue.read.selectFrom('clips').selectAll().execute();
  return new Map(rows.map((row) => [clipName(row), row]));
}

/** Every ring that stood on the flash is known to the cloud, once, and has its clip. */
export async function ringsAreAnswered(life: Life): Promise<readonly string[]> {
  const faults: string[] = [];
  const rows = await rowsOf(life);
  const events = await life.cloud.storage.catalogue.read.selectFrom('events').selectAll().execute();
  const told = await toldLosses(life.cloud.storage.catalogue.read);
  for (const { thing, recorded } of life.bells) {
    const lost = told(thing);
    for (const event of recorded.events) {
      const found = events.filter(({ id }) => id === event.id);
      // Those of an account that is closed go with it.
      if (found.length === 0 && life.endings.some(({ by }) => by === 'accountClose')) continue;
      if (found.length === 0 && lost.events.has(event.seq)) continue;
      if (found.length !== 1) faults.push(`event ${event.id} is there ${found.length} times`);
      if (event.kind !== 'ding' || lost.clips.has(event.clip)) continue;
      const row = event.clip === undefined ? undefined : rows.get(`${thing}/${event.clip}`);
      if (row === undefined) faults.push(`the ring ${event.id} has no clip`);
      else if (row.finalHash === null) faults.push(`clip ${clipName(row)} of a ring has no end`);
    }
  }
  return faults;
}

/** What was recorded is with the cloud, byte for byte, whole or with the reason why not. */
export async function footageIsWhole(life: Life): Promise<readonly string[]> {
  const faults: string[] = [];
  const rows = await rowsOf(life);
  const told = await toldLosses(life.cloud.storage.catalogue.read);
  for (const bell of life.bells) {
    const lost = told(bell.thing);
    for (const [clip, copy] of bell.recorded.chunks) {
      if (lost.clips.has(clip)) continue;
      const row = rows.get(`${bell.thing}/${clip}`);
      if (row === undefined) {
        if (bell.began.has(clip)) faults.push(`${bell.thing}/${clip} is unknown`);
      } else faults.push(...(await faultsOf(life, bell, row, copy, lost)));
    }
  }
  return faults;
}

async function faultsOf(
  life: Life,
  bell: MortalBell,
  row: ClipRow,
  copy: readonly Uint8Array[],
  lost: ToldLoss,
): Promise<readonly string[]> {
  const name = clipName(row);
  if (isGoing(row)) return []; // whether it may was judged then
  if (row.possession !== 'stored') return [`${name} is ${row.possession}`];
  const faults: string[] = [];
  if (row.truncated === 1 && row.reason === null) faults.push(`${name}: truncated, who knows why`);
  if (!gaveUp(row) && row.chunks < copy.length) {
    faults.push(`${name} has ${row.chunks} chunks of ${copy.length}`);
  }
  const { keys, vault } = life.cloud.storage;
  const dataKey = await keys.find(row);
  const reader = dataKey === null ? null : await vault.openRead(row, dataKey);
  if (reader === null) return row.chunks === 0 ? faults : [...faults, `${name} cannot be read`];
  for (let index = 0; index < Math.min(row.chunks, copy.length); index++) {
    const bytes = await reader.read(index);
    if (Buffer.compare(bytes, copy[index] ?? new Uint8Array(0)) !== 0) {
      faults.push(`${name}: chunk ${index} is not what was recorded`);
    }
  }
  const wanted = bell.recorded.stills.filter(
    ({ clip, still }) => clip === row.clip && !lost.stills.has(still),
  );
  const kept = new Set(reader.stills());
  const wasEvicted = bell.recorded.events.some(
    ({ kind, clip }) => kind === 'evicted' && clip === row.clip,
  );
  if (row.visibility === 'visible' && !gaveUp(row) && !wasEvicted) {
    for (const { still } of wanted) if (!kept.has(still)) faults.push(`${name} lacks ${still}`);
  }
  await reader.close();
  return faults;
}

/** [DEL-1] */
export async function deletedIsHidden(life: Life): Promise<readonly string[]> {
  const cloud = life.cloud.running();
  if (cloud === null) return [];
  const faults: string[] = [];
  for (const account of accountsOf(life)) {
    const { items } = await cloud.footage.list(account, { limit: 200 });
    const seen = new Set(items.map((clip) => clipName(clip)));
    if (life.closed.has(account) && seen.size > 0) faults.push(`${account} is closed and sees`);
    for (const key of life.removed)
      if (seen.has(clipName(key))) faults.push(`${clipName(key)} is seen`);
  }
  return faults;
}

export const accountsOf = ({ households, closed }: Life): readonly AccountId[] => [
  ...new Set([...households.map(({ account }) => account), ...closed]),
];

/** Footage and events belong to whoever owned the doorbell then, and to nobody else. */
export async function handsAreRight(life: Life): Promise<readonly string[]> {
  if (!life.cloudClockIsRight) return [];
  const rows = await rowsOf(life);
  const events = await life.cloud.storage.catalogue.read
    .selectFrom('events')
    .select(['id', 'account'])
    .execute();
  const accountOf = new Map(events.map(({ id, account }) => [id, account]));
  return life.bells.flatMap(({ thing, openedAt, madeAt }) => {
    const faults: string[] = [];
    const judge = (what: string, account: AccountId | null | undefined, at: EpochMs): void => {
      const mayBeHis =
        account === null || account === undefined || ownedBy(life, thing, account, at);
      if (!mayBeHis) faults.push(`${what} is in the hands of ${account}`);
    };
    for (const [clip, at] of openedAt) {
      const name = `${thing}/${clip}`;
      judge(name, rows.get(name)?.account, at);
    }
    for (const [id, at] of madeAt) judge(`event ${id} of ${thing}`, accountOf.get(id), at);
    return faults;
  });
}

/** [RET-1] [HLD-1] After the windows: what a hold keeps is there, unseen; of all else nothing is. */
export async function onlyHeldIsLeft(life: Life): Promise<readonly string[]> {
  const faults: string[] = [];
  const { catalogue, keys, vault } = life.cloud.storage;
  const attached = await catalogue.read
    .selectFrom('holdAttachments')
    .innerJoin('holds', 'holds.hold', 'holdAttachments.hold')
    .select(['thing', 'clip'])
    .where('endedAt', 'is', null)
    .execute();
  const held = new Set(attached.map((key) => clipName(key)));
  for (const hold of life.holds.keys()) {
    const found = await catalogue.read
      .selectFrom('holds')
      .select('hold')
      .where('hold', '=', hold)
      .where('endedAt', 'is', null)
      .executeTakeFirst();
    if (found === undefined) faults.push(`the hold ${hold} was acknowledged and is not in force`);
  }
  for (const row of (await rowsOf(life)).values()) {
    const name = clipName(row);
    if (held.has(name)) {
      if (row.possession !== 'stored') faults.push(`${name} is held and ${row.possession}`);
    } else if (!isGone(row)) faults.push(`${name} is ${row.possession}, held by nothing`);
  }
  const left = async (list: AsyncIterable<ClipKey>, what: string): Promise<void> => {
    for await (const key of list) {
      if (!held.has(clipName(key))) faults.push(`${what} of ${clipName(key)} is left`);
    }
  };
  await left(keys.list(), 'the key');
  await left(vault.list(), 'the footage');
  for (const account of accountsOf(life)) {
    const seen = await life.cloud.running()?.footage.list(account, { limit: 200 });
    for (const clip of seen?.items ?? []) faults.push(`${clipName(clip)} is seen after its window`);
  }
  return faults;
}

export async function storageIsSound(life: Life): Promise<readonly string[]> {
  const breaches: string[] = [];
  for await (const { kind, clip, detail } of fsck(life.cloud.storage)) {
    breaches.push(`${kind} ${clip ?? ''} ${detail}`);
  }
  return breaches;
}
