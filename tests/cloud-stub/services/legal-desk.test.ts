import { describe, expect, test } from 'vitest';
import { days } from '../../../device/wire/time.ts';
import { decided, formOf, openDeskOffice, owner, porchClip } from '../../support/desk-office.ts';

describe('a search warrant', () => {
  test('is received, taken in, reviewed, approved and decided item by item', async () => {
    const office = await openDeskOffice();
    const { desk, people, clock } = office;
    await office.add(porchClip(1, 1), porchClip(2, 2), porchClip(3, 8));
    await office.pass(days(3));
    const demand = await decided(office, formOf(clock.now()));
    const shown = await desk.show(people.reviewer, demand);
    expect(shown).toMatchObject({
      stage: 'decided',
      outcome: { code: 'FULL' },
      released: { subscriber: 3, 'non-content': 0, content: 2 },
      needs: [],
    });
    const items = await desk.items(people['agency-officer'], demand, { limit: 100 });
    expect(items?.items.map(({ key, released }) => [key.split('/')[0], released])).toEqual([
      ['clip', true],
      ['clip', true],
      ['subscriber', true],
      ['subscriber', true],
      ['subscriber', true],
    ]);
    expect(await desk.notices(owner)).toHaveLength(1);
    expect(shown?.holds.map(({ kind, ended }) => [kind, ended])).toEqual([
      ['intake', true],
      ['search-warrant', false],
    ]);
  });
});
