/**
 * Freezing an export: order, list and hashes, as they stand when the lease is taken, in the
 * transaction that takes it. What is built later is built from this alone. [EXP-4]
 */
import { createHash } from 'node:crypto';
import { canonicalJson, sha256 } from '../../../device/wire/codec.ts';
import type { Ulid } from '../../../device/wire/ids.ts';
import type { Final, Opening, Trigger } from '../../../device/wire/messages.ts';
import { clipNames, compareClips, isDocumentName } from '../../legal/export-manifest.ts';
import type { ExportOrder, Person, ReleasedClip } from '../../legal/export-order.ts';
import type { ExportedClip } from '../../legal/export-record.ts';
import type { Writing } from '../../ports.ts';
import { loadClip } from '../clip-rows.ts';
import { exportLimits } from './export-limits.ts';
import { factsOf, findExport } from './export-rows.ts';
import { type ExportWorld, exportActor } from './export-world.ts';
import type { LeaseOutcome } from './exports.ts';

type Refusal = Extract<LeaseOutcome, { leased: false }>;

export async function freezeExport(world: ExportWorld, order: ExportOrder): Promise<LeaseOutcome> {
  const fault = faultOf(order) ?? (await documentFault(world, order));
  if (fault !== null) return fault;
  const outcome = await world.catalogue.write((tx) => freeze(tx, world, order));
  if (outcome.leased) await freezeCheckpoint(world, order.export);
  return outcome;
}

/**
 * The signed state of the ledger that the proofs lead to: had once, at the lease or, if that was cut
 * off, when it is needed; a bag built in two runs is the same.
 */
export async function freezeCheckpoint(
  { catalogue, checkpoints }: ExportWorld,
  id: Ulid,
): Promise<string | null> {
  const row = await findExport(catalogue.read, id);
  if (row === null || row.state !== 'leased' || row.checkpointNote !== null) {
    return row?.checkpointNote ?? null;
  }
  const signed = await checkpoints.covering(row.ledgerSize - 1);
  if (signed === null) throw new Error(`no checkpoint covers entry ${row.ledgerSize - 1}`);
  const { note } = signed;
  await catalogue.write((tx) =>
    tx.updateTable('exports').set({ checkpointNote: note }).where('export', '=', id).execute(),
  );
  return note;
}

function faultOf({ export: id, clips, records, documents, people, provider }: ExportOrder) {
  const { requester, reviewer, approver, custodian } = people;
  const persons = [requester, reviewer, approver, custodian];
  // [LEG-5]
  if (new Set(persons.map(({ principal }) => principal)).size < persons.length) {
    return refused('people-must-differ', 'requester, reviewer, approver and custodian');
  }
  const { nameCharsMax, certifiedNameCharsMax } = exportLimits;
  const namesOf = (some: readonly Person[]) => some.flatMap(({ name, title }) => [name, title]);
  const unfit =
    [provider, ...namesOf([requester, reviewer])].find((name) => !isName(name, nameCharsMax)) ??
    namesOf([approver, custodian]).find((name) => !isName(name, certifiedNameCharsMax));
  if (unfit !== undefined) return refused('name-unfit', JSON.stringify(unfit).slice(0, 100));
  const { clipsMax, recordsMax, documentsMax } = exportLimits;
  if (clips.length > clipsMax) return refused('too-many-items', `more than ${clipsMax} clips`);
  if (records.length > recordsMax) return refused('too-many-items', `over ${recordsMax} records`);
  if (documents.length > documentsMax) {
    return refused('too-many-items', `more than ${documentsMax} documents`);
  }
  const twice = firstRepeated(clips.map(({ thing, clip }) => `${thing}/${clip}`));
  if (twice !== null) return refused('listed-twice', twice);
  const document = documents.find(({ name }) => !isDocumentName(name));
  if (document !== undefined) return refused('document-name', JSON.stringify(document.name));
  const collision = firstRepeated(documents.map(({ name }) => name.toLowerCase()));
  return collision === null ? null : refused('document-name', `${collision}, twice in ${id}`);
}

async function documentFault(world: ExportWorld, { documents }: ExportOrder) {
  for (const { name, sha256: wanted, sizeBytes } of documents) {
    const bytes = await world.readDocument(wanted);
    const isIt = bytes?.length === sizeBytes && sha256(bytes).toString('hex') === wanted;
    if (!isIt || sizeBytes > exportLimits.documentBytesMax)
      return refused('document-missing', name);
  }
  return null;
}

async function freeze(tx: Writing, world: ExportWorld, order: ExportOrder): Promise<LeaseOutcome> {
  const { ledger, clock, leases, software } = world;
  const { export: id, clips: released, records, ...rest } = order;
  const { demand } = order.demand;
  const orderSha256 = createHash('sha256').update(canonicalJson(order)).digest('hex');
  const known = await findExport(tx, id);
  if (known !== null) {
    return known.orderSha256 === orderSha256
      ? { leased: true, facts: factsOf(known) }
      : refused('another-order-has-this-id', id);
  }
  const clips = released.toSorted(compareClips);
  const gone = await leases.take(tx, id, demand, clips);
  if (gone !== null) return refused('footage-gone', `${gone.thing}/${gone.clip}`);
  const leasedAt = clock.now();
  const items = clips.length + records.length;
  const row = {
    ...{
      export: id,
      demand,
      state: 'leased' as const,
      sealOrder: canonicalJson({ ...rest, software }),
    },
    ...{ orderSha256, leasedAt, ledgerSize: 1, checkpointNote: null, sealAskedAt: null },
    ...{ sealedAt: null, expiresAt: null, deliveredAt: null, removedAt: null },
    ...{ items, files: 0, sizeBytes: 0, tagManifestSha256: null },
  };
  await tx.insertInto('exports').values(row).execute();
  const told = { at: leasedAt, actor: exportActor };
  const facts = { export: id, demand, items };
  await ledger.append(tx, { ...told, kind: 'export-leased', facts });
  const names = clipNames(clips);
  for (const [position, each] of clips.entries()) {
    const clip = await exportedClip(tx, each, names[position] ?? each.clip);
    const { thing } = clip;
    const frozen = { export: id, position, thing, clip: clip.clip, facts: JSON.stringify(clip) };
    await tx.insertInto('exportClips').values(frozen).execute();
    // [LOG-1] One entry for each clip that is read; its owner's data leaves.
    const { root, sizeBytes } = clip;
    await ledger.append(tx, {
      ...{ ...told, kind: 'clip-exported', thing, clip: clip.clip },
      facts: { export: id, demand, root, sizeBytes },
    });
  }
  for (const [position, record] of records.entries()) {
    const frozen = { export: id, position, record: JSON.stringify(record) };
    await tx.insertInto('exportRecords').values(frozen).execute();
  }
  const ledgerSize = await ledger.size(tx);
  await tx.updateTable('exports').set({ ledgerSize }).where('export', '=', id).execute();
  return { leased: true, facts: factsOf({ ...row, ledgerSize }) };
}

/** The lease was taken in this transaction, so the rows are there. */
async function exportedClip(tx: Writing, each: ReleasedClip, name: string): Promise<ExportedClip> {
  const { thing, clip, edge, decryptable } = each;
  const row = await loadClip(tx, each);
  if (row === undefined || row.root === null) throw new Error(`${thing}/${clip} is not stored`);
  const { certificate } = await tx
    .selectFrom('devices')
    .select('certificate')
    .where('thing', '=', thing)
    .executeTakeFirstOrThrow();
  const stills = await tx
    .selectFrom('stills')
    .select(['still', 'sizeBytes', 'receivedAt'])
    .where('thing', '=', thing)
    .where('clip', '=', clip)
    .orderBy('still')
    .execute();
  const opening = JSON.parse(row.opening) as Opening | { readonly sig?: never };
  const { markedChunks, markedRoot, markedSig } = row;
  const { boot, seq, trigger, disposition, reason, claimedAt, boundLowerAt, recordedAt } = row;
  const { firstReceivedAt, storedAt, durationMs, chunks, sizeBytes, root } = row;
  return {
    ...{ thing, clip, name, edge, decryptable, boot, seq, trigger, certificate, disposition },
    triggers: JSON.parse(row.triggers) as Trigger[],
    opening: opening.sig === undefined ? null : opening,
    final: row.final === null ? null : (JSON.parse(row.final) as Final),
    mark:
      markedRoot === null || markedSig === null
        ? null
        : { v: 1, clip, chunks: markedChunks, root: markedRoot, sig: markedSig },
    truncated: row.truncated === 1,
    ...{ reason, claimedAt, boundLowerAt, recordedAt, firstReceivedAt, storedAt, durationMs },
    ...{ chunks, sizeBytes, root, stills },
  };
}

/** On one line, as a certificate and a tag file hold it. */
const isName = (text: string, charsMax: number): boolean =>
  text.length <= charsMax && /^\S(.*\S)?$/.test(text) && !/\p{Cc}/u.test(text);

function firstRepeated(names: readonly string[]): string | null {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) return name;
    seen.add(name);
  }
  return null;
}

const refused = (because: Refusal['because'], detail: string): Refusal => ({
  leased: false,
  because,
  detail,
});
