/** A sealed bag made once for a test file, copies of it to tamper with, and seals put on anew. */
import { createHash } from 'node:crypto';
import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cmsSealer } from '../../../cloud-stub/backends/seal/cms-sealer.ts';
import { openOfficeKeys } from '../../../cloud-stub/backends/seal/office-keys.ts';
import { embeddedTimeStamper } from '../../../cloud-stub/backends/seal/time-stamping.ts';
import { bagPaths, manifestText } from '../../../cloud-stub/legal/export-manifest.ts';
import type { BagSigner } from '../../../cloud-stub/ports-sealing.ts';
import { days, later } from '../../../device/wire/time.ts';
import { standingClock } from '../standing-clock.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { seededEntropy } from './clip-samples.ts';
import { filesUnder } from './cloud-storage.ts';
import { recordedAt } from './export-office.ts';

export type BagCopy = {
  readonly folder: string;
  /** The office's keys, where its bags are sealed. */
  readonly office: string;
  at(path: string): string;
  read(path: string): string;
  bytes(path: string): Buffer;
  write(path: string, content: string | Uint8Array): void;
  flip(path: string, at?: number, bits?: number): void;
  /** Every path inside the bag. */
  paths(): readonly string[];
};

export function copyOf(bag: string, office: string): BagCopy {
  const folder = join(temporaryFolder(), 'bag');
  cpSync(bag, folder, { recursive: true });
  const at = (path: string): string => join(folder, path);
  return {
    folder,
    office,
    at,
    read: (path) => readFileSync(at(path), 'utf8'),
    bytes: (path) => readFileSync(at(path)),
    write: (path, content) => writeFileSync(at(path), content),
    /** One bit of the byte in the middle, or of that one. */
    flip(path, position = Math.floor(statSync(at(path)).size / 2), bits = 1) {
      const bytes = readFileSync(at(path));
      bytes[position] = (bytes[position] ?? 0) ^ bits;
      writeFileSync(at(path), bytes);
    },
    paths: () => pathsIn(folder),
  };
}

const pathsIn = (folder: string): readonly string[] =>
  [...filesUnder(folder).keys()].map((path) => path.slice(folder.length + 1)).sort();

export const officeSigners: readonly BagSigner[] = [
  {
    role: 'custodian',
    principal: 'custodian-1',
    name: 'Carla Custos',
    title: 'Custodian of Records',
  },
  { role: 'approver', principal: 'approver-1', name: 'Adam Proved', title: 'Second Approver' },
];

/** Lists and seals the folder as it now is, as a forger with these keys would. */
export async function reseal(
  copy: BagCopy,
  { keys = copy.office, signers = officeSigners, stampedAt = later(recordedAt, days(3)) } = {},
): Promise<void> {
  const files = copy.paths().map((path) => {
    const bytes = readFileSync(copy.at(path));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { path, sizeBytes: bytes.length, sha256 };
  });
  const isTag = (path: string): boolean =>
    !/^(data|sig)\//.test(path) && path !== bagPaths.tagManifest && path !== bagPaths.manifest;
  const payload = manifestText(files.filter(({ path }) => path.startsWith('data/')));
  copy.write(bagPaths.manifest, payload);
  const listed = createHash('sha256').update(payload).digest('hex');
  const tags = manifestText([
    ...files.filter(({ path }) => isTag(path)),
    { path: bagPaths.manifest, sizeBytes: payload.length, sha256: listed },
  ]);
  copy.write(bagPaths.tagManifest, tags);
  const opened = await openOfficeKeys(keys);
  const sealer = cmsSealer(opened);
  const clock = standingClock(stampedAt);
  const stamper = embeddedTimeStamper(opened, { clock, entropy: seededEntropy('again') });
  const seal = await sealer.seal(Buffer.from(tags), signers, later(recordedAt, days(3)));
  copy.write(bagPaths.seal, seal);
  copy.write(bagPaths.stamp, await stamper.stamp(seal));
  copy.write(bagPaths.root, await sealer.rootPem());
  copy.write(bagPaths.signerChain, await sealer.chainPem(signers));
  copy.write(bagPaths.stampRoot, await stamper.rootPem());
  copy.write(bagPaths.stampChain, await stamper.chainPem());
}
