/**
 * The record of a clip against its footage and its doorbell's signature: what the lists cannot say,
 * since they only say that nothing has changed since the seal.
 */
import { verify, type X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { bagLimits, clipPaths } from '../../cloud-stub/legal/export-manifest.ts';
import { readSmall, textOf } from './bag-file.ts';
import type { Walk } from './bag-walk.ts';
import { readPem } from './certificates.ts';
import type { Faults } from './fault.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const size = z.int().nonnegative();

/** What of a record is checked; all else in it is for people. */
const recordSchema = z.looseObject({
  file: z.string(),
  sha256: hash,
  sizeBytes: size,
  decryptable: z.boolean(),
  device: z.string(),
  clip: z.string(),
  integrity: z.looseObject({
    rootAtIngest: hash,
    rootAtExport: hash,
    chunks: z.array(z.looseObject({ sizeBytes: size, sha256: hash })),
  }),
  stills: z.array(z.looseObject({ file: z.string(), sha256: hash, sizeBytes: size })),
  deviceSignature: z
    .looseObject({
      covers: z.enum(['opening-and-final', 'opening-and-mark', 'opening']),
      certificateSha256: hash,
    })
    .nullable(),
});
type WholeRecord = z.infer<typeof recordSchema>;
export type ChunkRecord = WholeRecord['integrity']['chunks'][number];

/** What is kept of a record while a bag is looked at; its chunks are read again when they are needed. */
export type ClipRecord = Pick<
  WholeRecord,
  'file' | 'sha256' | 'sizeBytes' | 'device' | 'clip' | 'deviceSignature'
> & {
  readonly name: string;
  readonly root: string;
};

const folderOfRecords = 'data/records/clips/';

export const isRecord = (path: string): boolean =>
  path.startsWith(folderOfRecords) && path.endsWith('.json');

/** Null, with a fault, when it is not a record. `payload`: the list, in which its stills must be. */
export async function readRecord(
  folder: string,
  walk: Walk,
  path: string,
  payload: ReadonlyMap<string, string>,
  faults: Faults,
): Promise<ClipRecord | null> {
  const name = path.slice(folderOfRecords.length, -'.json'.length);
  const whole = await readWhole(folder, walk, path);
  if (whole === null) {
    faults.add('format', path, 'is not the record of a clip');
    return null;
  }
  const { file, sha256, sizeBytes, device, clip, deviceSignature, integrity, stills } = whole;
  const { video, ciphertext } = clipPaths(name);
  if (file !== (whole.decryptable ? video : ciphertext)) {
    faults.add('footage', path, 'is of a file of another name');
    return null;
  }
  if (integrity.rootAtIngest !== integrity.rootAtExport) {
    faults.add('footage', path, 'says itself that the copy is not what came in');
  }
  for (const still of stills) {
    if (payload.get(still.file) !== still.sha256) {
      faults.add('footage', still.file, 'is not the still of its record');
    }
  }
  const root = integrity.rootAtExport;
  return { file, sha256, sizeBytes, device, clip, deviceSignature, name, root };
}

export async function readChunks(
  folder: string,
  walk: Walk,
  { name }: ClipRecord,
): Promise<readonly ChunkRecord[]> {
  return (await readWhole(folder, walk, clipPaths(name).record))?.integrity.chunks ?? [];
}

async function readWhole(
  folder: string,
  { files }: Walk,
  path: string,
): Promise<WholeRecord | null> {
  const found = files.get(path);
  if (found === undefined) return null;
  const text = textOf(path, await readSmall(folder, found, bagLimits.lineBytesMax));
  const parsed = recordSchema.safeParse(jsonOf(text));
  return parsed.success ? parsed.data : null;
}

/** The files of the doorbell's signatures that a record asks for. */
export function sealsOf({ name, deviceSignature }: ClipRecord): readonly string[] {
  const paths = clipPaths(name);
  return deviceSignature === null
    ? []
    : [
        ...[paths.signedByDevice, paths.deviceSignature],
        ...[paths.deviceKey, paths.deviceCertificate],
        ...(deviceSignature.covers === 'opening-and-mark'
          ? [paths.markedByDevice, paths.markSignature]
          : []),
      ];
}

/** The doorbell's signature, and that it is over this footage. [DEV-5] */
export async function checkDeviceSignature(
  folder: string,
  walk: Walk,
  record: ClipRecord,
  faults: Faults,
): Promise<void> {
  const { deviceSignature: signed, name } = record;
  const paths = clipPaths(name);
  if (signed === null) return;
  const { signedByDevice, deviceSignature, deviceKey, deviceCertificate } = paths;
  const [bytes, signature, key, certificate] = await readSmalls(folder, walk, [
    ...[signedByDevice, deviceSignature, deviceKey, deviceCertificate],
  ]);
  // Told as missing.
  if (!bytes || !signature || !key || !certificate) return;
  const [owner, ...more] = readPem(certificate.toString('latin1')) ?? [];
  if (owner === undefined || more.length > 0 || !isSealed(owner, signed.certificateSha256)) {
    faults.add('footage', paths.deviceCertificate, 'is not the certificate that the record names');
    return;
  }
  const keyPem = owner.publicKey.export({ type: 'spki', format: 'pem' });
  if (key.toString('latin1') !== keyPem) {
    faults.add('footage', paths.deviceKey, 'is not the key of the certificate');
  }
  if (!verify('sha256', bytes, owner.publicKey, signature)) {
    faults.add('footage', paths.deviceSignature, 'is not a signature of this doorbell');
    return;
  }
  const because = contentFault(record, jsonOf(bytes.toString()));
  if (because !== null) faults.add('footage', paths.signedByDevice, because);
  if (signed.covers !== 'opening-and-mark') return;
  const { markedByDevice, markSignature } = paths;
  const [mark, markSig] = await readSmalls(folder, walk, [markedByDevice, markSignature]);
  if (!mark || !markSig) return;
  if (!verify('sha256', mark, owner.publicKey, markSig)) {
    faults.add('footage', markSignature, 'is not a signature of this doorbell');
    return;
  }
  const marked = markSchema.safeParse(jsonOf(mark.toString()));
  const isOfClip = marked.success && marked.data.clip === record.clip;
  if (!isOfClip) faults.add('footage', markedByDevice, 'is about another clip');
  else if (marked.data.root !== record.root) {
    faults.add('footage', markedByDevice, 'is about other footage');
  }
}

const readSmalls = (folder: string, { files }: Walk, paths: readonly string[]) =>
  Promise.all(
    paths.map(async (path) => {
      const found = files.get(path);
      return found === undefined ? null : await readSmall(folder, found);
    }),
  );

const openingSchema = z.looseObject({ clip: z.string() });
const finalSchema = z.looseObject({ clip: z.string(), root: hash, size });
const markSchema = z.looseObject({ clip: z.string(), chunks: size, root: hash });

/** What the doorbell signed must be about this clip, and about these bytes. */
function contentFault(
  { clip, sizeBytes, root, deviceSignature }: ClipRecord,
  signed: unknown,
): string | null {
  if (deviceSignature?.covers !== 'opening-and-final') {
    const opening = openingSchema.safeParse(signed);
    return opening.success && opening.data.clip === clip ? null : 'is about another clip';
  }
  const both = z.tuple([openingSchema, finalSchema]).safeParse(signed);
  if (!both.success) return 'is not the opening and the final of a clip';
  const [opening, final] = both.data;
  if (opening.clip !== clip || final.clip !== clip) return 'is about another clip';
  return final.root === root && final.size === sizeBytes ? null : 'is about other footage';
}

const isSealed = (certificate: X509Certificate, sha256: string): boolean =>
  certificate.fingerprint256.replaceAll(':', '').toLowerCase() === sha256;

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // told as what it should have been and is not
  }
}
