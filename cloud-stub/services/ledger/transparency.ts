/** The transparency report from the ledger as it is committed. [LOG-3] */

import assert from 'node:assert/strict';
import { z } from 'zod';
import { matterFacts } from '../../legal/matter-facts.ts';
import { type Period, TransparencyFold } from '../../legal/transparency-fold.ts';
import { periodPattern, readPeriod } from '../../legal/transparency-period.ts';
import { type TransparencyReport, transparencyReport } from '../../legal/transparency-report.ts';
import type { LedgerKind, Ports } from '../../ports.ts';

/** `2026`, `2026-H1` or `2026-03`. */
export const periodText = z.string().regex(periodPattern);

export function periodOf(text: string): Period {
  const period = readPeriod(text);
  assert(period !== null, 'it was checked by its pattern');
  return period;
}

const rowsPerRead = 1000;
const kinds = Object.keys(matterFacts) as readonly (keyof typeof matterFacts & LedgerKind)[];

/** Reads only the entries it counts, by their index, a page at a time. */
export async function reportTransparency(
  { catalogue }: Pick<Ports, 'catalogue'>,
  period: Period,
): Promise<TransparencyReport> {
  const fold = new TransparencyFold(period);
  for (let from = 0; ; ) {
    const rows = await catalogue.read
      .selectFrom('ledger')
      .select(['seq', 'kind', 'at', 'facts'])
      .where('kind', 'in', kinds)
      .where('seq', '>=', from)
      .orderBy('seq')
      .limit(rowsPerRead)
      .execute();
    for (const { seq, kind, at, facts } of rows) {
      fold.add({ kind, at, facts: JSON.parse(facts) as Record<string, unknown> });
      from = seq + 1;
    }
    if (rows.length < rowsPerRead) return transparencyReport(fold);
  }
}
