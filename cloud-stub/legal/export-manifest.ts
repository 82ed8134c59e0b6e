/**
 * A bag of evidence as BagIt 1.0 (RFC 8493) has it, and stricter: what its files are called, and
 * the text of the files that list the others. The builder writes by it, the verifier reads by it.
 */
import type { ThingName, Ulid } from '../../device/wire/ids.ts';

export type ListedFile = {
  /** Inside the bag, with `/`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
};

export const bagLimits = {
  /** Of one name, its folders included: what every archive and file system can hold. */
  pathBytesMax: 160,
  depthMax: 4,
  filesMax: 200_000,
  /** A manifest of so many files with the longest names. */
  manifestBytesMax: 50_000_000,
  /** bagit.txt, bag-info.txt, seals and certificates. */
  smallFileBytesMax: 1_000_000,
  /** A line of a list, or a record: a clip's names each of its chunks. */
  lineBytesMax: 4_000_000,
} as const;

export const bagName = (exportId: Ulid): string => `EXP-${exportId}`;

export const bagPaths = {
  declaration: 'bagit.txt',
  info: 'bag-info.txt',
  manifest: 'manifest-sha256.txt',
  tagManifest: 'tagmanifest-sha256.txt',
  readme: 'README-VERIFY.txt',
  report: 'custody-report.html',
  answer: 'data/answer.json',
  subscriberCsv: 'data/records/subscriber.csv',
  subscriberJson: 'data/records/subscriber.jsonl',
  eventsCsv: 'data/records/events.csv',
  eventsJson: 'data/records/events.jsonl',
  chain: 'custody/chain.jsonl',
  proofs: 'custody/proofs.jsonl',
  checkpoint: 'custody/checkpoint.txt',
  demand: 'legal/demand.json',
  withheld: 'legal/withheld.csv',
  certificate: 'legal/certificate-902.txt',
  seal: 'sig/tagmanifest-sha256.txt.p7s',
  stamp: 'sig/tagmanifest-sha256.txt.p7s.tsr',
  root: 'sig/root.pem',
  signerChain: 'sig/signer-chain.pem',
  stampRoot: 'sig/tsa-root.pem',
  stampChain: 'sig/tsa-chain.pem',
  checkpointNote: 'sig/checkpoint.txt',
  ledgerKey: 'sig/ledger-key.txt',
} as const;

/** Everything under it is a signature or what checks one; nothing that is signed lies there. */
export const sealFolder = 'sig/';
export const payloadFolder = 'data/';

export const clipPaths = (name: string) =>
  ({
    video: `data/clips/${name}.mp4`,
    ciphertext: `data/clips/${name}.enc`,
    wrappedKeys: `data/clips/${name}.wrapped-keys.json`,
    record: `data/records/clips/${name}.json`,
    still: (still: string) => `data/stills/${name}/${still}.jpg`,
    stillCiphertext: (still: string) => `data/stills/${name}/${still}.enc`,
    /** The bytes that the doorbell signed, exactly. */
    signedByDevice: `custody/device/${name}.json`,
    deviceSignature: `sig/device/${name}.sig`,
    /** Of a clip that was never finished: what it signed of it last. */
    markedByDevice: `custody/device/${name}.mark.json`,
    markSignature: `sig/device/${name}.mark.sig`,
    deviceKey: `sig/device/${name}.key.pem`,
    deviceCertificate: `sig/device/${name}.certificate.pem`,
  }) as const;

export const documentPath = (name: string): string => `legal/documents/${name}`;

type Named = { readonly thing: ThingName; readonly clip: Ulid };

/**
 * Each clip's name in the bag, in the order given: its ULID, and a number where two devices made
 * the same one. Names of devices stay out: two that differ only in case would collide on some disks.
 */
export function clipNames(clips: readonly Named[]): readonly string[] {
  const uses = new Map<string, number>();
  return clips.map(({ clip }) => {
    const use = (uses.get(clip) ?? 0) + 1;
    uses.set(clip, use);
    return use === 1 ? clip : `${clip}-${use}`;
  });
}

/** The order in which a bag lists its clips. */
export const compareClips = (a: Named, b: Named): number =>
  compareText(a.clip, b.clip) || compareText(a.thing, b.thing);

export const isDocumentName = (name: string): boolean =>
  /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(name);

/** What is wrong with a path inside a bag, as the end of a sentence; null: nothing. [EXP-3] */
export function pathFault(path: string): string | null {
  if (path.length > bagLimits.pathBytesMax) {
    return `is longer than ${bagLimits.pathBytesMax} characters`;
  }
  const parts = path.split('/');
  if (parts.length > bagLimits.depthMax) return `lies deeper than ${bagLimits.depthMax} folders`;
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..') return 'leads out of its folder';
    // `%` would be read as an escape by one tool and as itself by another.
    if (!/^[A-Za-z0-9._-]+$/.test(part)) return 'has characters other than A-Z a-z 0-9 . _ -';
    if (part.startsWith('.')) return 'begins with a dot, which hides it';
    if (part.startsWith('-')) return 'begins with a dash, which programs take for an option';
    if (part.endsWith('.')) return 'ends with a dot, which some disks drop';
  }
  return null;
}

/** The same for two names that some disks cannot tell apart. */
export const caseFolded = (path: string): string => path.toLowerCase();

/** What `sha256sum -c` reads, sorted bytewise. */
export const manifestText = (files: readonly ListedFile[]): string =>
  files
    .toSorted((a, b) => compareText(a.path, b.path))
    .map(({ path, sha256 }) => `${sha256}  ${path}\n`)
    .join('');

export type ManifestLine =
  | { readonly ok: true; readonly path: string; readonly sha256: string }
  | { readonly ok: false; readonly because: string };

/** One line without its line feed. Only the one form that `manifestText` writes is accepted. */
export function readManifestLine(line: string): ManifestLine {
  const [, sha256, path] = /^([0-9a-f]{64}) {2}([^ *].*)$/s.exec(line) ?? [];
  if (sha256 === undefined || path === undefined) {
    return { ok: false, because: 'is not a SHA-256, two spaces and a name' };
  }
  const fault = pathFault(path);
  return fault === null
    ? { ok: true, path, sha256 }
    : { ok: false, because: `names a file that ${fault}` };
}

export const declarationText = 'BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n';

export type BagInfo = {
  readonly organization: string;
  /** Of the freezing, UTC, `2026-11-22`. */
  readonly date: string;
  readonly frozenAt: string;
  readonly exportId: string;
  readonly demand: string;
  readonly payload: { readonly sizeBytes: number; readonly files: number };
  /** RFC 8493, 2.2.2; null: it is the only one. */
  readonly volume: { readonly group: string; readonly number: number; readonly of: number } | null;
};

export const profileIdentifier = 'urn:doorbell-emulator:evidence-bag:1';

export const infoText = (info: BagInfo): string =>
  [
    `Source-Organization: ${oneLine(info.organization)}`,
    `Bagging-Date: ${info.date}`,
    `Payload-Oxum: ${oxum(info.payload)}`,
    `External-Identifier: ${info.exportId}`,
    `Internal-Sender-Identifier: ${info.demand}`,
    ...(info.volume === null
      ? []
      : [
          `Bag-Group-Identifier: ${info.volume.group}`,
          `Bag-Count: ${info.volume.number} of ${info.volume.of}`,
        ]),
    `BagIt-Profile-Identifier: ${profileIdentifier}`,
    `X-Bag-Frozen-At: ${info.frozenAt}`,
    '',
  ].join('\n');

export const oxum = ({ sizeBytes, files }: BagInfo['payload']): string => `${sizeBytes}.${files}`;

/** Labels and values, in order; null: a line is not `Label: value`. */
export function readInfo(text: string): ReadonlyMap<string, string> | null {
  const values = new Map<string, string>();
  const lines = text.split('\n');
  if (lines.pop() !== '') return null;
  for (const line of lines) {
    const [, label, value] = /^([A-Za-z][A-Za-z0-9-]*): (.+)$/.exec(line) ?? [];
    if (label === undefined || value === undefined || values.has(label)) return null;
    values.set(label, value);
  }
  return values;
}

/** Values of a tag file stand on one line. */
const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

/** By code unit, which for the names of a bag is bytewise. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
