/** What an owner sees: exactly these clips, newest first. */
import { z } from 'zod';
import { defineExpectation } from './expectation.ts';

export const ownerExpectation = defineExpectation(
  'owner',
  {
    owner: z.string(),
    sees: z.array(z.string()).describe('clips, newest first; nothing else'),
  },
  async (world, { owner, sees }) => {
    const { items } = await world.cloud().footage.list(world.accounts.get(owner), { limit: 100 });
    const found = items.map((item) => world.nameOfClip(item));
    for (const clip of sees) world.clips.get(clip);
    if (found.join() === sees.join()) return [];
    return [{ at: ['sees'], expected: `sees: ${listed(sees)}`, found: listed(found) }];
  },
);

const listed = (names: readonly string[]): string =>
  names.length === 0 ? 'nothing' : names.join(', ');
