/** What is on record, in which order. */
import { z } from 'zod';
import { ledgerKinds } from '../../../cloud-stub/ledger-kinds.ts';
import type { Mismatch } from '../step.ts';
import type { World } from '../world.ts';
import { defineExpectation } from './expectation.ts';

const kind = z.enum(ledgerKinds, { error: `expected a kind of entry: ${ledgerKinds.join(', ')}` });

export const ledgerExpectation = defineExpectation(
  'ledger',
  {
    ledger: z
      .union([z.literal('intact', { error: 'expected intact' }), kind, z.array(kind)])
      .describe('intact; a kind of entry; or all entries of a clip, in their order'),
    of: z.string().optional().describe('only what is about this clip'),
    times: z.int().min(0).optional().describe('how many; at least one unless said'),
  },
  async (world, { ledger, of, times }) => {
    if (ledger === 'intact') return isIntact(world);
    const found = await kinds(world, of);
    if (Array.isArray(ledger)) {
      return found.join() === ledger.join()
        ? []
        : [{ at: ['ledger'], expected: ledger.join(', ') || 'nothing', found: found.join(', ') }];
    }
    const count = found.filter((each) => each === ledger).length;
    if (times === undefined ? count > 0 : count === times) return [];
    return [
      {
        at: [times === undefined ? 'ledger' : 'times'],
        expected: `${ledger} ${times === undefined ? 'at least once' : `${times} times`}`,
        found: `${count} times`,
      },
    ];
  },
);

async function kinds(
  { server, clips, entriesBefore }: World,
  of: string | undefined,
): Promise<readonly string[]> {
  let query = server.ports.catalogue.read
    .selectFrom('ledger')
    .select('kind')
    .where('seq', '>=', entriesBefore)
    .orderBy('seq');
  if (of !== undefined) {
    const { thing, clip } = clips.get(of);
    query = query.where('thing', '=', thing).where('clip', '=', clip);
  }
  return (await query.execute()).map((row) => row.kind);
}

async function isIntact({ server }: World): Promise<readonly Mismatch[]> {
  const faults: Mismatch[] = [];
  for await (const { seq, because } of server.ports.ledger.verify(server.ports.catalogue.read)) {
    faults.push({ at: ['ledger'], expected: 'intact', found: `entry ${seq} ${because}` });
  }
  return faults;
}
