/** What fsck can find broken, each with the promise it breaks. */
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import type { ClipKey } from '../../ports.ts';

export const breachKinds = {
  'catalogue-damaged': 'the database keeps its own integrity',
  'ledger-broken':
    'every ledger entry follows from the one before, every node of its tree from its leaves',
  'checkpoint-broken': 'what was signed of the ledger is what stands in it',
  'ledger-names-no-clip': 'every clip the ledger names has a row',
  'clip-without-leaf': 'every clip that was opened, stored or purged has its ledger entry',
  'root-not-in-ledger': 'the root of a stored clip is the one the ledger last named',
  'held-clip-gone': 'no clip is purged while a hold or a lease on it is in force',
  'clip-without-key': 'a clip with footage has its data key',
  'key-unusable': 'every wrapped data key unwraps',
  'key-without-clip': 'every data key belongs to a clip',
  'key-after-purge': 'no data key outlives its purge',
  'clip-without-journal': 'a clip with footage has its journal',
  'journal-without-clip': 'every journal belongs to a clip',
  'journal-unreadable': 'every journal opens with its data key',
  'bytes-after-purge': 'no bytes outlive their purge',
  'chunk-missing': 'every chunk that was acknowledged is there',
  'chunk-altered': 'every chunk is what was received',
  'size-mismatch': 'the size on record is that of the chunks',
  'root-mismatch': 'the root on record is that of the chunks',
  'final-mismatch': 'a whole clip is what its signed final says',
  'mark-mismatch': 'the mark on record is that of the chunks',
  'still-missing': 'every still that was acknowledged is there',
  'still-altered': 'every still is what was received',
  'bag-file-unreadable': 'every file of a bag that was written can be read',
  'bag-file-altered': 'every file of a bag is what was written',
  'bag-list-mismatch': 'a sealed bag has exactly the files that its record and its lists name',
  'bag-not-in-ledger': 'what the record of a bag says happened to it stands in the ledger',
  'bag-past-window': 'no bag outlives its window',
  'bag-after-removal': 'no bytes and no key of a bag outlive its removal',
  'bag-unknown': 'every segment in the store belongs to a bag',
} as const;
export type BreachKind = keyof typeof breachKinds;

export type Breach = {
  readonly kind: BreachKind;
  readonly thing?: ThingName;
  readonly clip?: Ulid;
  /** Of a bag. */
  readonly export?: Ulid;
  readonly detail: string;
};

export const breach = (kind: BreachKind, key: ClipKey | null, detail: string): Breach =>
  key === null ? { kind, detail } : { kind, thing: key.thing, clip: key.clip, detail };

export const bagBreach = (kind: BreachKind, exportId: Ulid, detail: string): Breach => ({
  kind,
  export: exportId,
  detail,
});
