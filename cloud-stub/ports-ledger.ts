/** What the ledger needs beside its table: the rest of the seam is ports.ts. */
import type { KeyObject } from 'node:crypto';
import type { Ulid } from '../device/wire/ids.ts';

/** The key under which the ledger's checkpoints are signed: Ed25519, as C2SP signed notes have it. */
export type LedgerSigner = {
  /** The key's name, and the origin of the tree: one for each ledger. */
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes; the same text always gives the same. */
  sign(text: Uint8Array): Promise<Uint8Array>;
};

/**
 * A key for each account, person and agency, which makes its pseudonym. Destroyed, the ledger's
 * entries about it can be told from others and from nobody's. [LOG-2]
 */
export type IdentityKeys = {
  /** Made, and made durable, if there is none. Null: it was destroyed, and none is made anew. */
  obtain(identity: Ulid): Promise<KeyObject | null>;
  /** For good, durably. */
  destroy(identity: Ulid): Promise<void>;
};
