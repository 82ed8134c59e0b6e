/** Puts the profile on record that a run begins with, when it is another than the last one. [LOG-1] */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../../../device/wire/codec.ts';
import type { Policy } from '../../custody/policy.ts';
import type { Ports } from '../../ports.ts';

export async function recordPolicy(
  { catalogue, clock, ledger }: Pick<Ports, 'catalogue' | 'clock' | 'ledger'>,
  policy: Policy,
): Promise<void> {
  const sha256 = createHash('sha256').update(canonicalJson(policy)).digest('hex');
  await catalogue.write(async (tx) => {
    const last = await tx
      .selectFrom('ledger')
      .select('facts')
      .where('kind', '=', 'policy-changed')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    const before = last === undefined ? null : (JSON.parse(last.facts) as { sha256?: unknown });
    if (before?.sha256 === sha256) return;
    await ledger.append(tx, {
      kind: 'policy-changed',
      at: clock.now(),
      actor: 'cloud',
      // Whole, since a name says nothing of a file that someone edited.
      facts: { name: policy.name, sha256, before: before?.sha256 ?? null, policy },
    });
  });
}
