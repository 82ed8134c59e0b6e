/** Catalogue, vault, key vault and ledger agree: what `doorbell fsck` says. */
import { z } from 'zod';
import { fsck } from '../../../cloud-stub/services/fsck/fsck.ts';
import type { Mismatch } from '../step.ts';
import { defineExpectation } from './expectation.ts';

export const recordsExpectation = defineExpectation(
  'records',
  { records: z.literal('sound', { error: 'expected sound' }) },
  async ({ server }) => {
    const found: Mismatch[] = [];
    for await (const { kind, thing, clip, detail } of fsck(server.ports)) {
      const what = thing === undefined ? '' : ` ${thing}/${clip}`;
      found.push({ at: ['records'], expected: 'sound', found: `${kind}${what}: ${detail}` });
    }
    return found;
  },
);
