/** A records office with an export: footage signed by doorbells, an order for it, and bags on disk. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pino } from 'pino';
import { openFileKeyVault } from '../../../cloud-stub/backends/file-key-vault.ts';
import { openFileVault } from '../../../cloud-stub/backends/file-vault.ts';
import { cmsSealer } from '../../../cloud-stub/backends/seal/cms-sealer.ts';
import { openOfficeKeys } from '../../../cloud-stub/backends/seal/office-keys.ts';
import { embeddedTimeStamper } from '../../../cloud-stub/backends/seal/time-stamping.ts';
import type { ClipRow } from '../../../cloud-stub/catalogue-tables.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import type { ExportOrder, ReleasedRecord } from '../../../cloud-stub/legal/export-order.ts';
import type { BagStore, ClipKey } from '../../../cloud-stub/ports.ts';
import type { ExportWorld } from '../../../cloud-stub/services/exports/export-world.ts';
import {
  type Exports,
  makeExports,
  type OpenBag,
} from '../../../cloud-stub/services/exports/exports.ts';
import { makeLeases } from '../../../cloud-stub/services/holds/leases.ts';
import { makeCheckpoints } from '../../../cloud-stub/services/ledger/checkpoints.ts';
import {
  clipRoot,
  finalSignedBytes,
  markSignedBytes,
  openingSignedBytes,
  sha256,
  signatureText,
} from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Final, Opening } from '../../../device/wire/messages.ts';
import { days, epochMs, later, minutes, seconds, uptimeMs } from '../../../device/wire/time.ts';
import { makeSeededCertificate } from '../../../tools/simulation/seeded-certificate.ts';
import { makeSeededKey } from '../../../tools/simulation/seeded-key.ts';
import { demandOf } from '../../cloud-stub/legal/demand-samples.ts';
import { type StandingClock, standingClock } from '../standing-clock.ts';
import { deviceNamed, stagedClip } from './catalogue-rows.ts';
import {
  clipNumbered,
  sampleBytes,
  seededEntropy,
  sha256Of,
  thingNamed,
  ulidNumbered,
} from './clip-samples.ts';
import { openStorage, type Storage } from './cloud-storage.ts';

export type ExportOffice = {
  readonly world: ExportWorld;
  readonly storage: Storage;
  readonly clock: StandingClock;
  readonly exports: Exports;
};

export const recordedAt = epochMs(1_800_000_000_000);
export const servedPaper = Buffer.from('%PDF-1.4 a warrant %%EOF');
export const exportNumbered = (n: number): Ulid => ulidNumbered(7000 + n);

/** May be opened again on the same folder once its catalogue was closed, as after a restart. */
export async function openExportOffice(
  folder: string,
  vary: (world: ExportWorld) => ExportWorld = (same) => same,
): Promise<ExportOffice> {
  const clock = standingClock(later(recordedAt, days(3)));
  const storage = await openStorage(folder, clock);
  const keys = await openOfficeKeys(join(folder, 'secret', 'office'));
  const world = vary({
    ...storage,
    bags: await openBags(folder),
    sealer: cmsSealer(keys),
    stamper: embeddedTimeStamper(keys, { clock, entropy: storage.entropy }),
    leases: makeLeases(storage, ring2019),
    checkpoints: makeCheckpoints(storage),
    software: 'doorbell-emulator 1.2.3, in a test',
    readDocument: async (hash) =>
      hash === sha256Of(servedPaper).toString('hex') ? servedPaper : null,
    bagExpiresAt: (sealedAt) => later(sealedAt, ring2019.bagWindowMs),
  });
  return { world, storage, clock, exports: makeExports(world, pino({ level: 'silent' })) };
}

export const openBags = async (folder: string): Promise<BagStore> => ({
  vault: await openFileVault(join(folder, 'data', 'bags', 'vault')),
  keys: await openFileKeyVault({
    folder: join(folder, 'data', 'bags', 'keys'),
    masterKeyPath: join(folder, 'secret', 'master.key'),
    entropy: seededEntropy('bags'),
  }),
});

export type RecordedClip = {
  readonly thing: string;
  readonly chunks: readonly Uint8Array[];
  readonly still: Uint8Array | null;
  /** False: the doorbell never finished it. */
  readonly finished: boolean;
  /** How many of its chunks its last mark is of; null: no mark. */
  readonly marked: number | null;
  /** Encrypted to its owner before it left the doorbell. */
  readonly endToEnd: boolean;
};

/** The n-th clip, signed, stored and on the ledger, as an ingest leaves it. */
export async function recordClip(
  { catalogue, vault, keys, ledger }: Storage,
  n: number,
  wanted: Partial<RecordedClip> = {},
): Promise<ClipKey> {
  const {
    thing: name,
    chunks,
    still,
    finished,
    endToEnd,
    marked,
  }: RecordedClip = {
    ...{ thing: 'porch', still: sampleBytes(3000, `still ${n}`), finished: true },
    ...{ endToEnd: false, marked: null },
    chunks: [0, 1, 2].map((index) => sampleBytes(5000 + index, `clip ${n} chunk ${index}`)),
    ...wanted,
  };
  const key = clipNumbered(n, name);
  const { thing, clip } = key;
  const at = later(recordedAt, minutes(n));
  const signer = makeSeededKey(name);
  const certificate = await makeSeededCertificate(thing, signer, later(recordedAt, days(-100)));
  const hashes = chunks.map(sha256Of);
  const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
  const root = clipRoot(hashes);
  const { opening, final } = signedManifests(n, clip, signer, {
    ...{ root, sizeBytes, chunks, endToEnd },
  });
  const journal = await vault.open(key, await keys.obtain(key));
  for (const [index, chunk] of chunks.entries()) {
    journal.append(index, chunk, sha256Of(chunk));
    if (index % 64 === 63) await journal.sync();
  }
  if (still !== null) journal.addStill(ulidNumbered(3000 + n), still);
  await journal.sync();
  await journal.close();
  const expiresAt = later(at, days(60));
  await catalogue.write(async (tx) => {
    await tx
      .insertInto('devices')
      .values({ ...deviceNamed(name), thing, certificate })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = stagedClip(n, {
      ...{ thing, clip, possession: 'stored', opening: JSON.stringify(opening), boot: 1, seq: n },
      ...{ final: finished ? JSON.stringify(final) : null, truncated: finished ? 0 : 1 },
      ...{ reason: finished ? null : 'the link was lost', root, sizeBytes, chunks: chunks.length },
      ...(marked === null ? {} : markOf(clip, hashes.slice(0, marked), signer)),
      ...{ claimedAt: later(at, seconds(2)), recordedAt: at, boundLowerAt: at },
      ...{ firstReceivedAt: later(at, seconds(1)), storedAt: later(at, seconds(30)) },
      ...{ expiresAt, deleteAt: expiresAt, durationMs: 12_400, disposition: 'complete' },
    });
    await tx.insertInto('clips').values(row).execute();
    if (still !== null) {
      const id = ulidNumbered(3000 + n);
      const rest = { sizeBytes: still.length, receivedAt: later(at, seconds(3)) };
      await tx
        .insertInto('stills')
        .values({ ...key, still: id, ...rest })
        .execute();
    }
    const told = { actor: 'cloud', ...key };
    await ledger.append(tx, { ...told, at, kind: 'clip-opened', facts: {} });
    const facts = { chunks: chunks.length, sizeBytes, root };
    await ledger.append(tx, { ...told, at: later(at, seconds(30)), kind: 'clip-stored', facts });
  });
  return key;
}

function markOf(
  clip: Ulid,
  hashes: readonly Uint8Array[],
  signer: ReturnType<typeof makeSeededKey>,
): Pick<ClipRow, 'markedChunks' | 'markedRoot' | 'markedSig'> {
  const mark = { v: 1 as const, clip, chunks: hashes.length, root: clipRoot(hashes) };
  const markedSig = signatureText(signer.sign(markSignedBytes(mark)));
  return { markedChunks: mark.chunks, markedRoot: mark.root, markedSig };
}

function signedManifests(
  n: number,
  clip: Ulid,
  signer: ReturnType<typeof makeSeededKey>,
  of: { root: string; sizeBytes: number; chunks: readonly Uint8Array[]; endToEnd: boolean },
): { opening: Opening; final: Final } {
  const at = later(recordedAt, minutes(n));
  const opening = {
    ...{ v: 1 as const, clip, boot: 1, seq: n, trigger: 'ding' as const, startedAt: at },
    clock: { uptimeAtStartMs: uptimeMs(1000), uptimeNowMs: null, syncedAtUptimeMs: uptimeMs(0) },
    ...{ mediaType: 'video/mp4' as const, codec: 'avc1.64001f' },
    preRoll: { requestedMs: 4000, deliveredMs: 4000, firstIdrOffsetMs: 0, gapMs: 0 },
    ...(of.endToEnd ? { e2ee: { recipients: [ownersKey] } } : {}),
  } as unknown as Omit<Opening, 'sig'>;
  const final = {
    ...{ v: 1 as const, clip, seq: n, disposition: 'complete' as const },
    ...{ chunks: of.chunks.length, size: of.sizeBytes, root: of.root, prev: null },
    ...{ endedAt: later(at, seconds(12)), triggers: [], truncated: false },
  };
  return {
    opening: { ...opening, sig: signatureText(signer.sign(openingSignedBytes(opening))) },
    final: { ...final, sig: signatureText(signer.sign(finalSignedBytes(opening, final))) },
  };
}

export const ownersKey = { recipient: 'owner-1', algorithm: 'ECDH-ES+A256KW', wrapped: 'c2VjcmV0' };

export const orderFor = (
  clips: readonly ClipKey[],
  wanted: Partial<ExportOrder> = {},
): ExportOrder => ({
  export: exportNumbered(1),
  demand: demandOf('search-warrant', { demand: ulidNumbered(6001) }),
  outcome: { code: 'FULL' },
  clips: clips.map((key) => ({ ...key, edge: false, decryptable: true })),
  records: sampleRecords,
  withheld: [],
  people: {
    requester: { principal: 'officer-1', name: 'Olive Officer', title: 'Springfield Police' },
    reviewer: { principal: 'reviewer-1', name: 'Rita Review', title: 'Legal Reviewer' },
    approver: { principal: 'approver-1', name: 'Adam Proved', title: 'Second Approver' },
    custodian: { principal: 'custodian-1', name: 'Carla Custos', title: 'Custodian of Records' },
  },
  documents: [
    {
      name: 'warrant.pdf',
      sha256: sha256(servedPaper).toString('hex'),
      sizeBytes: servedPaper.length,
    },
  ],
  provider: 'Doorbell Cloud LLC',
  ...wanted,
});

export const sampleRecords: readonly ReleasedRecord[] = [
  {
    class: 'subscriber',
    account: ulidNumbered(900),
    field: 'name',
    value: '=HYPERLINK("http://x")',
  },
  {
    ...{ class: 'non-content', account: ulidNumbered(900), thing: thingNamed('porch') },
    ...{ at: recordedAt, kind: 'ding', facts: { count: 1 } },
  },
];

/** Unpacks a bag as its recipient would; gives its folder. */
export async function unpack(bag: OpenBag, into: string): Promise<string> {
  const folder = join(into, bag.name);
  for (const { path } of bag.files) {
    const parts: Uint8Array[] = [];
    for await (const part of bag.read(path)) parts.push(part);
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), Buffer.concat(parts));
  }
  return folder;
}

/** A sealed bag of two clips, unpacked; gives its folder. */
export async function sealedBag(into: string, office: ExportOffice, order?: ExportOrder) {
  const clips =
    order === undefined
      ? [await recordClip(office.storage, 1), await recordClip(office.storage, 2)]
      : [];
  const wanted = order ?? orderFor(clips);
  const leased = await office.exports.lease(wanted);
  if (!leased.leased) throw new Error(`${leased.because}: ${leased.detail}`);
  const sealed = await office.exports.seal(wanted.export);
  if (!sealed.sealed) throw new Error(sealed.because);
  const bag = await office.exports.open(wanted.export);
  if (bag === null) throw new Error('a sealed bag can be opened');
  try {
    return await unpack(bag, into);
  } finally {
    await bag.close();
  }
}
