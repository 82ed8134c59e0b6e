/**
 * The strict verifier of bags: everything in the folder is either what was sealed, or a fault.
 * [EXP-3] It writes nothing, follows no link, and holds no file in memory.
 */
import type { X509Certificate } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { NoteKey } from '../../cloud-stub/custody/signed-note.ts';
import { bagPaths } from '../../cloud-stub/legal/export-manifest.ts';
import { BagFileError } from './bag-file.ts';
import { type BagLists, compareSets, readDeclarations, readLists } from './bag-lists.ts';
import { type Walk, walkBag } from './bag-walk.ts';
import { checkBytes } from './bytes-check.ts';
import { type BagFault, Faults } from './fault.ts';
import { checkLedger, type LedgerFacts } from './ledger-check.ts';
import {
  type ClipRecord,
  checkDeviceSignature,
  isRecord,
  readRecord,
  sealsOf,
} from './record-check.ts';
import { checkSeal, type SealFacts } from './seal-check.ts';

export type VerifyOptions = {
  /** Certificates that vouch for seals and stamps; empty: those in the bag must do. */
  readonly trusted?: readonly X509Certificate[];
  readonly ledgerKey?: NoteKey | null;
  readonly onBytes?: (bytes: number) => void;
};

export type BagVerdict = {
  readonly bag: string;
  /** `2 of 3`, where the answer comes in several bags; null: it is the only one. */
  readonly volume: string | null;
  readonly valid: boolean;
  readonly files: number;
  readonly sizeBytes: number;
  readonly clips: number;
  /** Of them, how many are as their doorbell signed them, from beginning to end. */
  readonly signedByDevice: number;
  /** All that is here, part by part; their doorbell never finished them. */
  readonly signedByMark: number;
  /** Their beginning only: that the rest is as recorded, no signature shows. */
  readonly signedAtOpening: number;
  readonly seal: SealFacts;
  readonly ledger: LedgerFacts;
  /** The first thousand; `faultCount` counts all. */
  readonly faults: readonly BagFault[];
  readonly faultCount: number;
};

/** Throws what the file system throws when the folder cannot be read at all. */
export async function verifyBag(path: string, options: VerifyOptions = {}): Promise<BagVerdict> {
  const { trusted = [], ledgerKey = null, onBytes = () => {} } = options;
  const folder = await realpath(path);
  if (!(await stat(folder)).isDirectory()) throw new NotAFolder(path);
  const faults = new Faults();
  const walk = await walkBag(folder, faults);
  let seal: SealFacts = { signers: [], sealedAt: null, trust: 'self-asserted' };
  let ledger: LedgerFacts = { origin: null, entries: 0, trust: 'self-asserted' };
  let records: ReadonlyMap<string, ClipRecord> = new Map();
  let volume: string | null = null;
  try {
    const lists = await readLists(folder, walk, faults);
    if (lists !== null && walk.isWhole) {
      const declared = await readDeclarations(folder, walk, lists, faults);
      volume = declared.volume;
      records = await readRecords(folder, walk, lists, faults);
      compareSets(walk, lists, sealsNeeded(records), faults);
      seal = await checkSeal(folder, walk, trusted, faults);
      for (const record of records.values())
        await checkDeviceSignature(folder, walk, record, faults);
      ledger = await checkLedger(folder, walk, ledgerKey, records, declared.exportId, faults);
      const listed = new Map([...lists.tags, ...lists.payload]);
      await checkBytes(folder, walk, listed, records, onBytes, faults);
    }
  } catch (error) {
    if (!(error instanceof BagFileError)) throw error;
    faults.add('format', error.path, error.message);
  }
  const files = [...walk.files.values()];
  const clips = [...records.values()];
  const signedAs = (covers: NonNullable<ClipRecord['deviceSignature']>['covers']): number =>
    clips.filter(({ deviceSignature }) => deviceSignature?.covers === covers).length;
  return {
    bag: basename(folder),
    volume,
    valid: faults.count === 0,
    files: files.length,
    sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    clips: clips.length,
    signedByDevice: signedAs('opening-and-final'),
    signedByMark: signedAs('opening-and-mark'),
    signedAtOpening: signedAs('opening'),
    seal,
    ledger,
    faults: faults.told,
    faultCount: faults.count,
  };
}

export class NotAFolder extends Error {
  override readonly name = 'NotAFolder';
  constructor(path: string) {
    super(`${path} is not a folder`);
  }
}

/** By the file that each is about; a clip without a record is a fault, and a record without a clip. */
async function readRecords(
  folder: string,
  walk: Walk,
  { payload }: BagLists,
  faults: Faults,
): Promise<ReadonlyMap<string, ClipRecord>> {
  const records = new Map<string, ClipRecord>();
  for (const path of payload.keys()) {
    if (!isRecord(path)) continue;
    const record = await readRecord(folder, walk, path, payload, faults);
    if (record !== null) records.set(record.file, record);
  }
  for (const path of payload.keys()) {
    const isClip = path.startsWith('data/clips/') && !path.endsWith('.wrapped-keys.json');
    if (isClip && !records.has(path)) faults.add('footage', path, 'has no record');
  }
  for (const { file } of records.values()) {
    if (!payload.has(file)) faults.add('footage', file, 'is in a record and not in the list');
  }
  return records;
}

function sealsNeeded(records: ReadonlyMap<string, ClipRecord>): ReadonlySet<string> {
  const { seal, stamp, root, signerChain, stampRoot, stampChain } = bagPaths;
  const always = [seal, stamp, root, signerChain, stampRoot, stampChain];
  const ofLedger = [bagPaths.checkpointNote, bagPaths.ledgerKey];
  return new Set([...always, ...ofLedger, ...[...records.values()].flatMap(sealsOf)]);
}
