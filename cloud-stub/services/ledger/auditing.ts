/** What an auditor may have: the ledger's lines, what was signed about them, proofs, and the report. [LOG-1] */
import { rowLeafBytes } from '../../custody/ledger-leaf.ts';
import type { Period } from '../../legal/transparency-fold.ts';
import type { TransparencyReport } from '../../legal/transparency-report.ts';
import type { Ports } from '../../ports.ts';
import type { Checkpoints } from './checkpoints.ts';
import type { LedgerProofs } from './ledger-proofs.ts';
import { reportTransparency } from './transparency.ts';

export type Auditing = {
  readonly checkpoints: Checkpoints;
  readonly proofs: LedgerProofs;
  /** The leaves from `from` on (inclusive), each the exact text that is hashed. */
  lines(from: number, limit: number): Promise<readonly string[]>;
  transparency(period: Period): Promise<TransparencyReport>;
};

export const makeAuditing = (
  { catalogue }: Pick<Ports, 'catalogue'>,
  checkpoints: Checkpoints,
  proofs: LedgerProofs,
): Auditing => ({
  checkpoints,
  proofs,
  async lines(from, limit) {
    const rows = await catalogue.read
      .selectFrom('ledger')
      .selectAll()
      .where('seq', '>=', from)
      .orderBy('seq')
      .limit(limit)
      .execute();
    return rows.map((row) => rowLeafBytes(row).toString());
  },
  transparency: (period) => reportTransparency({ catalogue }, period),
});
