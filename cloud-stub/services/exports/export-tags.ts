/** The tag files of a bag: custody, legal file, report, lists. All but its seals. */
import { canonicalJson } from '../../../device/wire/codec.ts';
import { isoTime } from '../../../device/wire/time.ts';
import type { ExportRow } from '../../catalogue-tables-exports.ts';
import { checkpointText, readCheckpoint } from '../../custody/checkpoint.ts';
import {
  certificateClosing,
  certificateItem,
  certificateOpening,
} from '../../legal/export-certificate.ts';
import type { FrozenFacts } from '../../legal/export-facts.ts';
import {
  bagName,
  bagPaths,
  clipPaths,
  declarationText,
  documentPath,
  infoText,
  manifestText,
  payloadFolder,
  sealFolder,
} from '../../legal/export-manifest.ts';
import { readmeText, type SignedClip } from '../../legal/export-readme.ts';
import {
  counted,
  deviceSignatureOf,
  type ExportedClip,
  noSignatures,
  orderedJson,
} from '../../legal/export-record.ts';
import { reportClip, reportClosing, reportOpening } from '../../legal/export-report.ts';
import { withheldCsv } from '../../legal/export-tables.ts';
import { type BagPiece, type BagWriter, textPieces } from './export-bag-writer.ts';
import { chainOf, clipEntries, matterEntries } from './export-chain.ts';
import { frozenClips, orderOf } from './export-rows.ts';
import type { ExportWorld } from './export-world.ts';

type Tagging = Pick<ExportWorld, 'catalogue' | 'ledger' | 'checkpoints' | 'readDocument'>;

/** The payload must be there. `note`: the signed checkpoint that the proofs lead to. */
export async function writeTags(
  world: Tagging,
  row: ExportRow,
  writer: BagWriter,
  note: string,
): Promise<void> {
  const facts = await factsOfBag(world, row);
  const write = (path: string, text: string) => writer.write(path, () => textPieces(text));
  await writeChain(world, row, writer, note);
  await writeLegalFile(world, facts, writer);
  await writer.write(bagPaths.certificate, () => certificate(world, row, facts, writer));
  await writer.write(bagPaths.report, () => report(world, row, facts, writer));
  await write(bagPaths.readme, readmeText(await readmeFacts(world, row, facts)));
  await write(bagPaths.declaration, declarationText);
  const files = [...writer.files.values()];
  const payload = files.filter(({ path }) => path.startsWith(payloadFolder));
  const { demand, provider } = facts.order;
  await write(
    bagPaths.info,
    infoText({
      organization: provider,
      date: isoTime(row.leasedAt).slice(0, 10),
      frozenAt: isoTime(row.leasedAt),
      exportId: row.export,
      demand: demand.demand,
      volume: volumeOf(facts.order),
      payload: {
        files: payload.length,
        sizeBytes: payload.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      },
    }),
  );
  await write(bagPaths.manifest, manifestText(payload));
  const tags = [...writer.files.values()].filter(
    ({ path }) =>
      !path.startsWith(payloadFolder) &&
      !path.startsWith(sealFolder) &&
      path !== bagPaths.tagManifest,
  );
  await write(bagPaths.tagManifest, manifestText(tags));
}

function volumeOf({ volume }: FrozenFacts['order']) {
  const [group] = volume?.exports ?? [];
  if (volume === undefined || group === undefined) return null;
  return { group: bagName(group), number: volume.number, of: volume.exports.length };
}

async function factsOfBag({ catalogue }: Tagging, row: ExportRow): Promise<FrozenFacts> {
  const { clips } = await catalogue.read
    .selectFrom('exportClips')
    .select(({ fn }) => fn.countAll<number>().as('clips'))
    .where('export', '=', row.export)
    .executeTakeFirstOrThrow();
  const order = orderOf(row);
  return {
    exportId: row.export,
    order,
    software: order.software ?? null,
    leasedAt: row.leasedAt,
    counts: { clips, records: row.items - clips },
  };
}

async function writeChain(
  { catalogue, ledger, checkpoints }: Tagging,
  row: ExportRow,
  writer: BagWriter,
  note: string,
): Promise<void> {
  const reading = readCheckpoint(note, checkpoints.key);
  if (!reading.ok) throw new Error(`the checkpoint of export ${row.export}: ${reading.because}`);
  const { checkpoint } = reading;
  const seqs = await chainOf(catalogue.read, row);
  await writer.write(bagPaths.chain, async function* leaves(): AsyncIterable<BagPiece> {
    for (const seq of seqs) {
      const leaf = await ledger.leaf(catalogue.read, seq);
      if (leaf === null) throw new Error(`entry ${seq} of the ledger is gone`);
      yield { bytes: Buffer.concat([leaf, Buffer.from('\n')]) };
    }
  });
  await writer.write(bagPaths.proofs, async function* proofs(): AsyncIterable<BagPiece> {
    for (const seq of seqs) {
      const path = await ledger.inclusion(catalogue.read, seq, checkpoint.size);
      const hashes = path.map((hash) => Buffer.from(hash).toString('base64'));
      yield { bytes: Buffer.from(`${canonicalJson({ seq, hashes })}\n`) };
    }
  });
  const body = checkpointText(checkpoint);
  await writer.write(bagPaths.checkpoint, () => textPieces(body));
}

async function writeLegalFile(
  { readDocument }: Tagging,
  { order }: FrozenFacts,
  writer: BagWriter,
): Promise<void> {
  await writer.write(bagPaths.demand, () => textPieces(orderedJson(demandAsServed(order))));
  await writer.write(bagPaths.withheld, () => textPieces(withheldCsv(order)));
  for (const { name, sha256 } of order.documents) {
    const bytes = await readDocument(sha256);
    if (bytes === null) throw new Error(`the document ${name} is gone`);
    await writer.write(documentPath(name), () => [{ bytes }]);
  }
}

/** What the paper says; not what our own desk found out about its sender. */
function demandAsServed({ demand, statute }: FrozenFacts['order']): object {
  const {
    sender,
    receivedAt,
    signedAt,
    scope,
    emergency: _own,
    standing: _ours,
    ...paper
  } = demand;
  const { silence: _silence, document, ...rest } = paper;
  const { reissuedAt } = document;
  return {
    ...rest,
    ...(statute === undefined ? {} : { statute }),
    document: { ...document, reissuedAt: reissuedAt === null ? null : isoTime(reissuedAt) },
    sender: { agency: sender.agency },
    receivedAt: isoTime(receivedAt),
    signedAt: signedAt === null ? null : isoTime(signedAt),
    scope: {
      ...scope,
      from: scope.from === null ? null : isoTime(scope.from),
      to: scope.to === null ? null : isoTime(scope.to),
    },
  };
}

async function* certificate(
  world: Tagging,
  row: ExportRow,
  facts: FrozenFacts,
  writer: BagWriter,
): AsyncIterable<BagPiece> {
  yield { bytes: Buffer.from(certificateOpening(facts)) };
  for await (const clip of frozenClips(world.catalogue.read, row.export)) {
    const { path, sha256 } = videoOf(clip, writer);
    const signature = deviceSignatureOf(clip)?.covers ?? null;
    const clockAheadMs = clip.claimedAt - clip.recordedAt;
    const item = { file: path, sha256, root: clip.root, signature, clockAheadMs };
    yield { bytes: Buffer.from(certificateItem(item)) };
  }
  yield { bytes: Buffer.from(certificateClosing(facts)) };
}

async function* report(
  world: Tagging,
  row: ExportRow,
  facts: FrozenFacts,
  writer: BagWriter,
): AsyncIterable<BagPiece> {
  const matter = await matterEntries(world.catalogue.read, row);
  yield { bytes: Buffer.from(reportOpening(facts, matter)) };
  const isOneOfMany = facts.counts.clips > 100;
  let signatures = noSignatures;
  for await (const clip of frozenClips(world.catalogue.read, row.export)) {
    const { sha256 } = videoOf(clip, writer);
    const signature = deviceSignatureOf(clip)?.covers ?? null;
    signatures = counted(signatures, signature);
    const entries = await clipEntries(world.catalogue.read, row, clip);
    yield { bytes: Buffer.from(reportClip({ clip, sha256, signature, isOneOfMany, entries })) };
  }
  yield { bytes: Buffer.from(reportClosing(facts, signatures)) };
}

function videoOf(clip: ExportedClip, writer: BagWriter) {
  const { video, ciphertext } = clipPaths(clip.name);
  const file = writer.files.get(clip.decryptable ? video : ciphertext);
  if (file === undefined) throw new Error(`${clip.name} was not copied before it was listed`);
  return file;
}

async function readmeFacts({ catalogue }: Tagging, row: ExportRow, { order }: FrozenFacts) {
  const { custodian, approver } = order.people;
  let signedClip: SignedClip | null = null;
  let markedClip: string | null = null;
  let signatures = noSignatures;
  for await (const clip of frozenClips(catalogue.read, row.export)) {
    const covers = deviceSignatureOf(clip)?.covers ?? null;
    signatures = counted(signatures, covers);
    // One that is signed whole is the better example.
    const { video, ciphertext } = clipPaths(clip.name);
    const example = { name: clip.name, file: clip.decryptable ? video : ciphertext };
    if (covers === 'opening-and-final' && signatures.whole === 1) signedClip = example;
    else if (covers !== null) signedClip ??= example;
    if (covers === 'opening-and-mark') markedClip ??= clip.name;
  }
  return {
    bag: bagName(row.export),
    provider: order.provider,
    custodian: custodian.name,
    approver: approver.name,
    signedClip,
    markedClip,
    signatures,
    volumes: (order.volume?.exports ?? []).map(bagName),
  };
}
