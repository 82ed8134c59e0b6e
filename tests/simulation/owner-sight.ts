/** What owners are shown in a life: what is theirs at that time, all of it, and nothing else. [DEL-1] */
import type { AccountId, ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import type { Cloud } from '../../cloud-stub/cloud.ts';
import type { ClipKey } from '../../cloud-stub/ports.ts';
import { VaultError } from '../../cloud-stub/ports.ts';
import { later, milliseconds } from '../../device/wire/time.ts';
import {
  covers,
  dateErrorMs,
  openedAt,
  ownedBy,
  slackMs,
  windowMaxMs,
  windowMinMs,
} from './custody-law.ts';
import { accountsOf } from './laws.ts';
import { clipName } from './mortal-ports.ts';
import { ask } from './people-acts.ts';
import type { Life } from './story.ts';
import { isGoing, isInSight } from './witness.ts';

/** Why it is not for this account to see now; null: it may be. */
function whyUnseen(life: Life, account: AccountId, key: ClipKey): string | null {
  if (life.closed.has(account)) return 'of a closed account';
  const name = clipName(key);
  if (life.removed.some((each) => clipName(each) === name)) return 'that was deleted';
  const at = openedAt(life, key);
  if (!life.cloudClockIsRight || at === undefined) return null;
  if (!ownedBy(life, key.thing, account, at)) return 'of another owner';
  const goneAt = later(at, milliseconds(windowMaxMs + slackMs(life)));
  return goneAt <= life.time.clock.now() ? 'past its window' : null;
}

const shown = (life: Life, how: string, account: AccountId, key: ClipKey): void => {
  const because = whyUnseen(life, account, key);
  if (because !== null) life.tell(`${account} is ${how} ${clipName(key)}, ${because}`);
};

/** The clips that the cloud has and that are this account's to see, without a doubt. */
function owedTo(life: Life, account: AccountId): readonly string[] {
  if (!life.cloudClockIsRight || life.closed.has(account)) return [];
  const isOwed = (row: ClipRow): boolean => {
    const at = openedAt(life, row);
    return (
      at !== undefined &&
      isSurelyOf(life, account, row, at) &&
      !life.endings.some((ending) => covers(life, ending, row, at)) &&
      life.time.clock.now() < at + windowMinMs - slackMs(life)
    );
  };
  return life.bells.flatMap(({ thing, dated }) =>
    life.committed
      .clipsOf(thing)
      .filter((row) => dated.has(row.clip) && isOwed(row))
      .map(clipName),
  );
}

const isSurelyOf = (life: Life, account: AccountId, { thing }: ClipRow, at: number): boolean =>
  life.owned.some(
    (span) =>
      span.thing === thing &&
      span.account === account &&
      span.from + dateErrorMs <= at &&
      (span.until === null || at <= span.until - dateErrorMs),
  );

/** Everybody looks at all that is theirs, and asks for one clip, whosesoever it is. */
export async function look(life: Life): Promise<void> {
  await ask(life, async (cloud) => {
    const all = life.bells.flatMap(({ thing }) => life.committed.clipsOf(thing));
    const one = all.length === 0 ? null : life.chance.pick(all);
    for (const account of accountsOf(life)) {
      const owed = owedTo(life, account);
      const seen = await listed(cloud, account);
      for (const key of seen) shown(life, 'shown', account, key);
      const names = new Set(seen.map((key) => clipName(key)));
      for (const name of owed) {
        if (!names.has(name)) life.tell(`${account} is not shown ${name}`);
      }
      if (one !== null) await watch(life, cloud, account, one);
    }
  });
}

async function listed(cloud: Cloud, account: AccountId): Promise<readonly ClipKey[]> {
  const keys: ClipKey[] = [];
  let cursor: string | undefined;
  do {
    const query = cursor === undefined ? { limit: 7 } : { limit: 7, cursor };
    const { items, next } = await cloud.footage.list(account, query);
    keys.push(...items.map(({ thing, clip }) => ({ thing, clip })));
    cursor = next ?? undefined;
  } while (cursor !== undefined);
  return keys;
}

async function watch(
  life: Life,
  cloud: Cloud,
  account: AccountId,
  { thing, clip }: ClipRow,
): Promise<void> {
  const key = { thing, clip };
  if ((await cloud.footage.find(account, key)) !== null) shown(life, 'told of', account, key);
  const opened = await cloud.footage.open(account, key);
  if (opened === null) return;
  shown(life, 'given', account, key);
  const parts: Uint8Array[] = [];
  try {
    for await (const part of opened.read(0, opened.sizeBytes)) parts.push(part);
  } catch (error) {
    const row = life.committed.clip(key);
    const wasPurged = error instanceof VaultError && row !== null && isGoing(row);
    if (!wasPurged) throw error;
  } finally {
    await opened.close();
  }
  const bytes = Buffer.concat(parts);
  const recorded = life.bells.find((bell) => bell.thing === thing)?.recorded.chunks.get(clip) ?? [];
  const copy = Buffer.concat(recorded);
  const length = Math.min(bytes.length, copy.length);
  if (!bytes.subarray(0, length).equals(copy.subarray(0, length))) {
    life.tell(`${account} is given something else for ${clipName(key)}`);
  }
}

const followed = new WeakMap<Cloud, Set<AccountId>>();

/** Every account listens to what happens, as long as this run of the cloud lives. */
export function followAll(life: Life): void {
  const cloud = life.cloud.running();
  if (cloud === null) return;
  const known = followed.get(cloud) ?? new Set();
  followed.set(cloud, known);
  for (const { account } of life.households) {
    if (known.has(account)) continue;
    known.add(account);
    cloud.happenings.follow(account, (happening) => {
      if (happening.kind === 'clip-changed') {
        const row = life.committed.clip(happening.clip);
        shown(life, 'told live of', account, happening.clip);
        if (row === null || !isInSight(row, life.cloud.now())) {
          life.tell(
            `${account} is told live of ${clipName(happening.clip)}, which is out of sight`,
          );
        }
      } else if (happening.kind === 'event') {
        const { id, thing } = happening.event;
        const at = life.bells.find((bell) => bell.thing === thing)?.madeAt.get(id);
        if (!life.cloudClockIsRight || at === undefined) return;
        if (!ownedBy(life, thing, account, at)) {
          life.tell(`${account} is told of event ${id} of another owner`);
        }
      }
    });
  }
}
