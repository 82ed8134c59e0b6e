/**
 * All that an owner can see of their account, as one tar archive that is made while it is sent: memory does not grow
 * with it. Nothing they may not see is in it, and nothing of it depends on holds. [DEL-4]
 */
import { Header } from 'tar';
import { type EpochMs, isoTime } from '../../device/wire/time.ts';
import type { AccountId } from '../catalogue-tables.ts';
import type { ClipBytes } from '../services/owners/footage-bytes.ts';
import type { OwnedClip } from '../services/owners/owner-views.ts';
import type { PageOf } from '../services/page-cursor.ts';
import { viewAccess, viewAccount } from './account-views.ts';
import { baseName } from './clip-video.ts';
import { apiLimits } from './limits.ts';
import type { OwnerCloud } from './owner-cloud.ts';
import { viewClip, viewDevice, viewEvent } from './views.ts';

/** A clip went while it was being sent: the archive is cut, as it can be neither whole nor true. */
export class ArchiveCutError extends Error {
  override readonly name = 'ArchiveCutError';
}

const blockBytes = 512;

export async function* accountArchive(
  cloud: OwnerCloud,
  account: AccountId,
  now: EpochMs,
): AsyncIterable<Uint8Array> {
  const details = await cloud.account.view(account);
  if (details === null) return;
  yield* entry('README.txt', now, text);
  yield* json('account.json', now, viewAccount(details));
  const devices = await cloud.devices.list(account);
  yield* json(
    'devices.json',
    now,
    devices.map((device) => viewDevice(device, false)),
  );
  for await (const clips of pages((page) => cloud.footage.list(account, page))) {
    for (const clip of clips) yield* clipEntries(cloud, account, clip);
  }
  let page = 0;
  for await (const events of pages((query) => cloud.happenings.list(account, query))) {
    page += 1;
    yield* json(`events/${numbered(page)}.json`, now, events.map(viewEvent));
  }
  page = 0;
  for await (const accesses of pages((query) => cloud.account.accesses(account, query))) {
    page += 1;
    yield* json(`access/${numbered(page)}.json`, now, accesses.map(viewAccess));
  }
  // Two empty blocks end an archive.
  yield Buffer.alloc(2 * blockBytes);
}

const text = Buffer.from(
  [
    'All that you can see in your account, as of when this archive was made.',
    '',
    'account.json   your account and plan',
    'devices.json   your doorbells',
    'clips/         footage (MP4), stills (JPEG), and what is on record of each (JSON)',
    'events/        what your doorbells told, newest first',
    'access/        who used your account, newest first',
    '',
    'A clip that is end-to-end encrypted is here as it is stored, .enc: only your key opens it, with',
    '  npx doorbell clip open <clip>.enc --record <clip>.json --key owner-key.pem',
    '',
  ].join('\n'),
);

async function* clipEntries(
  cloud: OwnerCloud,
  account: AccountId,
  clip: OwnedClip,
): AsyncIterable<Uint8Array> {
  const { footage } = cloud;
  const key = { thing: clip.thing, clip: clip.clip };
  const name = `clips/${baseName(clip)}_${clip.clip}`;
  const [footageKind, stillKind] = clip.e2ee === null ? ['mp4', 'jpg'] : ['enc', 'enc'];
  const bytes = await footage.open(account, key);
  // Deleted since the page was read, or nothing of it has come yet.
  if ((await footage.find(account, key)) === null) return bytes?.close();
  yield* json(`${name}.json`, clip.recordedAt, viewClip(clip));
  if (bytes !== null) {
    const isVisible = async (): Promise<boolean> => (await footage.find(account, key)) !== null;
    yield* footageEntry(`${name}.${footageKind}`, clip.recordedAt, bytes, isVisible);
  }
  for (const still of clip.stills) {
    const jpeg = await footage.still(account, key, still);
    if (jpeg !== null) yield* entry(`${name}_${still}.${stillKind}`, clip.recordedAt, jpeg);
  }
}

/** Asks before each piece: a clip that is deleted ends the archive whether its bytes are kept or not. [DEL-4] */
async function* footageEntry(
  path: string,
  at: EpochMs,
  bytes: ClipBytes,
  isVisible: () => Promise<boolean>,
): AsyncIterable<Uint8Array> {
  try {
    yield header(path, at, bytes.sizeBytes);
    for await (const piece of bytes.read(0, bytes.sizeBytes)) {
      if (!(await isVisible())) throw new ArchiveCutError('a clip was deleted meanwhile');
      yield piece;
    }
    yield padding(bytes.sizeBytes);
  } finally {
    await bytes.close();
  }
}

async function* pages<Item>(
  list: (query: { cursor?: string; limit: number }) => Promise<PageOf<Item>>,
): AsyncIterable<readonly Item[]> {
  let cursor: string | null = null;
  do {
    const query = { limit: apiLimits.pageItemsMax, ...(cursor === null ? {} : { cursor }) };
    const page: PageOf<Item> = await list(query);
    if (page.items.length > 0) yield page.items;
    cursor = page.next;
  } while (cursor !== null);
}

function* json(path: string, at: EpochMs, value: unknown): Iterable<Uint8Array> {
  yield* entry(path, at, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));
}

function* entry(path: string, at: EpochMs, bytes: Uint8Array): Iterable<Uint8Array> {
  yield header(path, at, bytes.length);
  yield bytes;
  yield padding(bytes.length);
}

function header(path: string, at: EpochMs, size: number): Uint8Array {
  const made = new Header({
    path,
    size,
    mode: 0o644,
    mtime: new Date(isoTime(at)),
    type: 'File',
  });
  const isExtended = made.encode();
  if (isExtended || made.block === undefined) {
    throw new Error(`the name ${path} does not fit an archive`);
  }
  return made.block;
}

const padding = (length: number): Uint8Array =>
  Buffer.alloc((blockBytes - (length % blockBytes)) % blockBytes);

const numbered = (page: number): string => String(page).padStart(5, '0');
