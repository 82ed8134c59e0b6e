/** The lists of a bag, and that they and the folder name the same files. */
import {
  bagLimits,
  bagPaths,
  compareText,
  declarationText,
  payloadFolder,
  profileIdentifier,
  readInfo,
  readManifestLine,
  sealFolder,
} from '../../cloud-stub/legal/export-manifest.ts';
import { readLines, readSmall, textOf } from './bag-file.ts';
import type { Walk } from './bag-walk.ts';
import type { Faults } from './fault.ts';

/** By path, SHA-256 in hex. */
export type Listed = ReadonlyMap<string, string>;
export type BagLists = { readonly payload: Listed; readonly tags: Listed };

/** Null where there is no such list or it cannot be read: then nothing more can be said. */
export async function readLists(
  folder: string,
  walk: Walk,
  faults: Faults,
): Promise<BagLists | null> {
  const payload = await readManifest(folder, walk, bagPaths.manifest, faults);
  const tags = await readManifest(folder, walk, bagPaths.tagManifest, faults);
  return payload === null || tags === null ? null : { payload, tags };
}

async function readManifest(
  folder: string,
  { files }: Walk,
  path: string,
  faults: Faults,
): Promise<Listed | null> {
  const found = files.get(path);
  if (found === undefined) {
    faults.add('files', path, 'is missing');
    return null;
  }
  if (found.sizeBytes > bagLimits.manifestBytesMax) {
    faults.add('format', path, `has more than ${bagLimits.manifestBytesMax} bytes`);
    return null;
  }
  const isPayload = path === bagPaths.manifest;
  const listed = new Map<string, string>();
  let last = '';
  let number = 0;
  for await (const text of readLines(folder, found)) {
    number++;
    const line = readManifestLine(text);
    if (!line.ok) {
      faults.add('format', path, `line ${number} ${line.because}`);
      continue;
    }
    const because = misplacement(line.path, isPayload, last);
    if (because !== null) faults.add('format', path, `line ${number} ${because}`);
    last = line.path;
    listed.set(line.path, line.sha256);
  }
  return listed;
}

function misplacement(path: string, isPayload: boolean, last: string): string | null {
  if (path.startsWith(payloadFolder) !== isPayload) {
    return isPayload ? 'names a file outside data/' : 'names a file of data/';
  }
  if (path.startsWith(sealFolder)) return 'names a file of sig/, which nothing can list';
  if (path === bagPaths.tagManifest) return 'names its own list';
  const order = compareText(last, path);
  if (order === 0) return 'names a file twice';
  return order > 0 ? 'is not in the order of names' : null;
}

/** Neither more files nor fewer than the lists name and a seal needs. */
export function compareSets(
  { files }: Walk,
  { payload, tags }: BagLists,
  seals: ReadonlySet<string>,
  faults: Faults,
): void {
  const isExpected = (path: string): boolean => {
    if (path.startsWith(sealFolder)) return seals.has(path);
    return path === bagPaths.tagManifest || payload.has(path) || tags.has(path);
  };
  for (const path of files.keys()) {
    if (isExpected(path)) continue;
    const because = path.startsWith(sealFolder) ? 'belongs to no seal' : 'is in no list';
    faults.add('files', path, `${because}: it was added`);
  }
  for (const path of new Set([...payload.keys(), ...tags.keys(), ...seals])) {
    if (!files.has(path)) faults.add('files', path, 'is missing');
  }
  const needed = [
    ...[bagPaths.declaration, bagPaths.info, bagPaths.manifest, bagPaths.readme],
    ...[bagPaths.report, bagPaths.chain, bagPaths.proofs, bagPaths.checkpoint],
    ...[bagPaths.demand, bagPaths.withheld, bagPaths.certificate],
  ];
  for (const path of needed) if (!tags.has(path)) faults.add('files', path, 'is not in its list');
  if (!payload.has(bagPaths.answer)) faults.add('files', bagPaths.answer, 'is not in its list');
}

export type Declared = {
  readonly exportId: string | null;
  /** `2 of 3`; null: it is the only one. */
  readonly volume: string | null;
};

/** `bagit.txt` and `bag-info.txt`. */
export async function readDeclarations(
  folder: string,
  { files }: Walk,
  { payload }: BagLists,
  faults: Faults,
): Promise<Declared> {
  const nothing = { exportId: null, volume: null };
  const declaration = files.get(bagPaths.declaration);
  const info = files.get(bagPaths.info);
  if (declaration === undefined || info === undefined) return nothing;
  if ((await readSmall(folder, declaration)).toString('latin1') !== declarationText) {
    faults.add('format', bagPaths.declaration, 'does not declare BagIt 1.0 in UTF-8');
  }
  const values = readInfo(textOf(bagPaths.info, await readSmall(folder, info)));
  if (values === null) {
    faults.add('format', bagPaths.info, 'has a line that is not "Label: value"');
    return nothing;
  }
  if (values.get('BagIt-Profile-Identifier') !== profileIdentifier) {
    faults.add('format', bagPaths.info, `is not of the profile ${profileIdentifier}`);
  }
  let sizeBytes = 0;
  for (const path of payload.keys()) sizeBytes += files.get(path)?.sizeBytes ?? 0;
  const oxum = `${sizeBytes}.${payload.size}`;
  const claimed = values.get('Payload-Oxum');
  if (claimed !== oxum) {
    faults.add('files', bagPaths.info, `counts the payload as ${claimed}, and it is ${oxum}`);
  }
  const exportId = values.get('External-Identifier') ?? null;
  return { exportId, volume: values.get('Bag-Count') ?? null };
}
