/** The payload of a bag: footage as it came in, with its record, and the other records that leave. */
import { hash } from 'node:crypto';
import { clipRoot } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { ExportRow } from '../../catalogue-tables-exports.ts';
import { bagPaths, clipPaths } from '../../legal/export-manifest.ts';
import type { ReleasedRecord } from '../../legal/export-order.ts';
import {
  clipRecord,
  deviceSignatureOf,
  type ExportedClip,
  orderedJson,
} from '../../legal/export-record.ts';
import { eventHeader, recordCsv, recordJson, subscriberHeader } from '../../legal/export-tables.ts';
import { VaultError, type VaultReader } from '../../ports.ts';
import type { BagContent, BagPiece, BagWriter } from './export-bag-writer.ts';
import { frozenClips, frozenRecords, orderOf } from './export-rows.ts';
import type { ExportWorld } from './export-world.ts';

export type Payload = Pick<ExportWorld, 'catalogue' | 'vault' | 'keys'>;

/** Writes what is missing. `goOn` is asked between files; false ends it early. */
export async function writePayload(
  world: Payload,
  row: ExportRow,
  writer: BagWriter,
  goOn: () => Promise<boolean>,
): Promise<boolean> {
  for await (const clip of frozenClips(world.catalogue.read, row.export)) {
    if (!(await goOn())) return false;
    await writeClip(world, clip, writer);
  }
  const { demand, outcome, withheld, withheldClasses, volume } = orderOf(row);
  const answer = {
    ...{ export: row.export, demand: demand.demand, outcome, withheld },
    ...(withheldClasses === undefined ? {} : { withheldClasses }),
    ...(volume === undefined ? {} : { volume }),
  };
  await writer.write(bagPaths.answer, () => text(orderedJson({ ...answer, items: row.items })));
  await writeRecords(world, row.export, writer);
  return goOn();
}

async function writeClip(world: Payload, clip: ExportedClip, writer: BagWriter): Promise<void> {
  const { record } = clipPaths(clip.name);
  if (writer.files.has(record)) return; // the last of a clip's files
  const dataKey = await world.keys.find(clip);
  const reader = dataKey === null ? null : await world.vault.openRead(clip, dataKey);
  if (reader === null) throw new VaultError(clip, 'is gone, though it was leased');
  try {
    await copyClip(clip, reader, writer);
  } finally {
    await reader.close();
  }
}

async function copyClip(clip: ExportedClip, reader: VaultReader, writer: BagWriter): Promise<void> {
  const paths = clipPaths(clip.name);
  const chunks = chunksOf(clip, reader);
  // Frozen when leased, found again now: what leaves is what came in. [EXP-4]
  const rootAtExport = clipRoot(chunks.map(({ sha256 }) => sha256));
  if (rootAtExport !== clip.root) throw new VaultError(clip, 'is not what it was when leased');
  const file = clip.decryptable ? paths.video : paths.ciphertext;
  const { sha256 } = await writer.write(file, () => footage(clip, reader));
  if (clip.opening?.e2ee !== undefined) {
    const keys = orderedJson(clip.opening.e2ee);
    await writer.write(paths.wrappedKeys, () => text(keys));
  }
  const stills = new Map<Ulid, string>();
  for (const { still } of clip.stills) {
    const jpeg = await reader.still(still);
    if (jpeg === null) throw new VaultError(clip, `still ${still} is gone, though it was leased`);
    const path = clip.decryptable ? paths.still(still) : paths.stillCiphertext(still);
    stills.set(still, (await writer.write(path, () => [{ bytes: jpeg }])).sha256);
  }
  const signed = deviceSignatureOf(clip);
  if (signed !== null) {
    await writer.write(paths.signedByDevice, () => [{ bytes: signed.bytes }]);
    await writer.write(paths.deviceSignature, () => [{ bytes: signed.signature }]);
    if (signed.mark !== null) {
      const { bytes, signature } = signed.mark;
      await writer.write(paths.markedByDevice, () => [{ bytes }]);
      await writer.write(paths.markSignature, () => [{ bytes: signature }]);
    }
    await writer.write(paths.deviceKey, () => text(signed.publicKeyPem));
    await writer.write(paths.deviceCertificate, () => text(signed.certificatePem));
  }
  const copied = {
    ...{ sha256, rootAtExport, stills },
    chunks: chunks.map(({ length, sha256: chunkSha256 }) => ({
      sizeBytes: length,
      sha256: Buffer.from(chunkSha256).toString('hex'),
    })),
  };
  await writer.write(paths.record, () => text(orderedJson(clipRecord(clip, copied))));
}

const chunksOf = (clip: ExportedClip, reader: VaultReader) => {
  const stored = reader.chunks();
  return Array.from({ length: clip.chunks }, (_, index) => {
    const chunk = stored.get(index);
    if (chunk === undefined) throw new VaultError(clip, `chunk ${index} is not there`);
    return chunk;
  });
};

/** Each chunk hashed again as it leaves: not what the vault says of it stands in the record. */
async function* footage(clip: ExportedClip, reader: VaultReader): AsyncIterable<BagPiece> {
  for (const [index, { sha256: stored }] of chunksOf(clip, reader).entries()) {
    const bytes = await reader.read(index);
    const sha256 = hash('sha256', bytes, 'buffer');
    if (!sha256.equals(stored)) throw new VaultError(clip, `chunk ${index} is not what came in`);
    yield { bytes, sha256, isSpent: true };
  }
}

async function writeRecords(world: Payload, id: Ulid, writer: BagWriter): Promise<void> {
  const tables = [
    {
      class: 'subscriber',
      csv: bagPaths.subscriberCsv,
      json: bagPaths.subscriberJson,
      header: subscriberHeader,
    },
    {
      class: 'non-content',
      csv: bagPaths.eventsCsv,
      json: bagPaths.eventsJson,
      header: eventHeader,
    },
  ] as const;
  for (const table of tables) {
    const rows = () => recordsOf(world, id, table.class);
    if ((await rows()[Symbol.asyncIterator]().next()).done === true) continue;
    await writer.write(table.csv, () => lines(rows(), recordCsv, table.header));
    await writer.write(table.json, () => lines(rows(), recordJson));
  }
}

async function* recordsOf(
  { catalogue }: Payload,
  id: Ulid,
  wanted: ReleasedRecord['class'],
): AsyncGenerator<ReleasedRecord> {
  for await (const each of frozenRecords(catalogue.read, id)) if (each.class === wanted) yield each;
}

async function* lines(
  records: AsyncIterable<ReleasedRecord>,
  line: (record: ReleasedRecord) => string,
  header = '',
): AsyncIterable<BagPiece> {
  if (header !== '') yield { bytes: Buffer.from(header) };
  for await (const record of records) yield { bytes: Buffer.from(line(record)) };
}

const text = (content: string): BagContent => [{ bytes: Buffer.from(content) }];
