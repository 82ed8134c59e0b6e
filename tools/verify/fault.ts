/** What is wrong with a bag. */

export type BagFault = {
  /** What kind of promise is broken. */
  readonly check: BagCheck;
  /** The file, inside the bag; null: the bag as a whole. */
  readonly path: string | null;
  /** A clear sentence's end: "data/x.mp4 " + because. */
  readonly because: string;
};

export type BagCheck =
  /** A name, a link, a folder: what may not lie in a bag at all. */
  | 'name'
  /** Files and lists agree. */
  | 'files'
  /** A file is what its list says. */
  | 'bytes'
  /** The text of a list or of another tag file. */
  | 'format'
  | 'seal'
  | 'time-stamp'
  /** A clip is what came in, as its doorbell signed it. */
  | 'footage'
  /** Entries and proofs of the ledger. */
  | 'ledger';

const toldMax = 1000;

/** Collects faults; more than can be told are only counted. */
export class Faults {
  readonly told: BagFault[] = [];
  count = 0;

  add(check: BagCheck, path: string | null, because: string): void {
    this.count++;
    if (this.told.length < toldMax) this.told.push({ check, path: printable(path), because });
  }
}

/** Whatever somebody called a file, it does not drive a terminal. */
const printable = (path: string | null): string | null =>
  path
    ?.replaceAll(/[^\x20-\x7e]/g, (character) => {
      const code = character.codePointAt(0) ?? 0;
      return `\\u{${code.toString(16)}}`;
    })
    .slice(0, 300) ?? null;
