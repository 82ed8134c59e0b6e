/**
 * The seal of a bag: every file hashed anew from its store, the tag manifest signed by custodian and
 * approver, the signatures stamped; then the bag is sealed in one transaction, and the lease ends.
 */
import { createHash } from 'node:crypto';
import type { ExportRow } from '../../catalogue-tables-exports.ts';
import { verifierKey } from '../../custody/signed-note.ts';
import { bagPaths } from '../../legal/export-manifest.ts';
import type { ExportPeople } from '../../legal/export-order.ts';
import { letGoOf, VaultError } from '../../ports.ts';
import type { BagSigner } from '../../ports-sealing.ts';
import { BagReader, type StoredBagFile, segmentKey } from './export-bag-store.ts';
import { type BagWriter, textPieces } from './export-bag-writer.ts';
import { readAhead } from './export-read-ahead.ts';
import { filesOf, orderOf } from './export-rows.ts';
import { type ExportWorld, exportActor } from './export-world.ts';

/** All other files must be there, and `note` the checkpoint that their proofs lead to. */
export async function sealBag(
  world: ExportWorld,
  row: ExportRow,
  writer: BagWriter,
  note: string,
): Promise<void> {
  const { clock, sealer, stamper, leases, ledger } = world;
  await writer.record();
  const tagManifest = await rehash(world, row);
  const signers = signersOf(orderOf(row).people);
  const seal = await sealer.seal(tagManifest, signers, clock.now());
  const stamp = await stamper.stamp(seal);
  const write = (path: string, text: string) => writer.write(path, () => textPieces(text));
  await writer.write(bagPaths.seal, () => [{ bytes: seal }]);
  await writer.write(bagPaths.stamp, () => [{ bytes: stamp }]);
  await write(bagPaths.root, await sealer.rootPem());
  await write(bagPaths.signerChain, await sealer.chainPem(signers));
  await write(bagPaths.stampRoot, await stamper.rootPem());
  await write(bagPaths.stampChain, await stamper.chainPem());
  await write(bagPaths.checkpointNote, note);
  await write(bagPaths.ledgerKey, `${verifierKey(world.checkpoints.key)}\n`);
  const files = [...writer.files.values()];
  const tagManifestSha256 = createHash('sha256').update(tagManifest).digest('hex');
  await writer.record(async (tx) => {
    const sealedAt = clock.now();
    const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
    await tx
      .updateTable('exports')
      .set({
        ...{ state: 'sealed', sealedAt, expiresAt: world.bagExpiresAt(sealedAt) },
        ...{ files: files.length, sizeBytes, tagManifestSha256 },
      })
      .where('export', '=', row.export)
      .execute();
    const { demand, items } = row;
    await ledger.append(tx, {
      ...{ kind: 'export-sealed', at: sealedAt, actor: exportActor },
      facts: { export: row.export, demand, items, tagManifestSha256 },
    });
    await leases.end(tx, row.export);
  });
}

/** Gives the bytes of the tag manifest. Throws VaultError when a file is not what was written. [EXP-4] */
async function rehash({ catalogue, bags }: ExportWorld, row: ExportRow): Promise<Buffer> {
  const reader = new BagReader(bags, row.export);
  try {
    let tagManifest: Buffer | null = null;
    for (const file of await filesOf(catalogue.read, row.export)) {
      const whole = createHash('sha256');
      const parts: Uint8Array[] = [];
      for await (const part of readAhead(reader.read(file))) {
        whole.update(part);
        if (file.path === bagPaths.tagManifest) parts.push(part);
        else letGoOf(part);
      }
      if (whole.digest('hex') !== file.sha256) throw notAsWritten(row, file);
      if (file.path === bagPaths.tagManifest) tagManifest = Buffer.concat(parts);
    }
    if (tagManifest === null) throw new Error(`export ${row.export} has no tag manifest`);
    return tagManifest;
  } finally {
    await reader.close();
  }
}

const notAsWritten = (row: ExportRow, { path, segment }: StoredBagFile): VaultError =>
  new VaultError(segmentKey(row.export, segment), `${path} is not what was written`);

const signersOf = ({ custodian, approver }: ExportPeople): readonly BagSigner[] => [
  { role: 'custodian', ...custodian },
  { role: 'approver', ...approver },
];
