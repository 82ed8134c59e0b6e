/** What the ledger needs beside its table: the rest of the seam is ports.ts. */

/** The key under which the ledger's checkpoints are signed: Ed25519, as C2SP signed notes have it. */
export type LedgerSigner = {
  /** The key's name, and the origin of the tree: one for each ledger. */
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes; the same text always gives the same. */
  sign(text: Uint8Array): Promise<Uint8Array>;
};
