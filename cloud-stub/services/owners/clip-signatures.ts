/** What a doorbell signed of a clip, for owners who check it themselves. */
import { X509Certificate } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Final, Mark, Opening } from '../../../device/wire/messages.ts';
import type { CatalogueTables, ClipRow } from '../../catalogue-tables.ts';
import type { VaultReader } from '../../ports.ts';

export type ClipSignatures = {
  readonly opening: Opening;
  /** Null until the doorbell has finished the clip, and where it gave it up: then it speaks of more than is here. */
  readonly final: Final | null;
  /** The last good mark of a clip without such a final. [WIRE-7] */
  readonly mark: Mark | null;
  /** The key of the doorbell's certificate in force: SubjectPublicKeyInfo, DER. */
  readonly publicKey: Uint8Array;
  /** Length of each chunk of the footage, in order. */
  readonly chunkBytes: readonly number[];
};

/** Null when the doorbell's certificate is gone. */
export async function clipSignatures(
  db: Kysely<CatalogueTables>,
  row: ClipRow,
  reader: VaultReader,
): Promise<ClipSignatures | null> {
  const device = await db
    .selectFrom('devices')
    .select('certificate')
    .where('thing', '=', row.thing)
    .executeTakeFirst();
  if (device === undefined) return null;
  const { publicKey } = new X509Certificate(device.certificate);
  const signed: Final | null = row.final === null ? null : JSON.parse(row.final);
  const final = signed?.root === row.root && signed.chunks === row.chunks ? signed : null;
  const stored = reader.chunks();
  const chunkBytes: number[] = [];
  for (let index = 0; index < row.chunks; index++) {
    const chunk = stored.get(index);
    if (chunk === undefined) break;
    chunkBytes.push(chunk.length);
  }
  return {
    opening: JSON.parse(row.opening),
    final,
    mark: final === null ? markOf(row) : null,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }),
    chunkBytes,
  };
}

function markOf({ clip, markedChunks, markedRoot, markedSig }: ClipRow): Mark | null {
  if (markedRoot === null || markedSig === null) return null;
  return { v: 1, clip, chunks: markedChunks, root: markedRoot, sig: markedSig };
}
