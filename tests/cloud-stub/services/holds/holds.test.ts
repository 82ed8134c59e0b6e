import { type KyselyPlugin, sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import type { ClipKey } from '../../../../cloud-stub/ports.ts';
import { clipsPerPage } from '../../../../cloud-stub/services/holds/hold-reach.ts';
import { sha256 } from '../../../../device/wire/codec.ts';
import { days, later, milliseconds } from '../../../../device/wire/time.ts';
import { stagedClip } from '../../../support/cloud/catalogue-rows.ts';
import { clipNumbered, thingNamed, ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import {
  ada,
  bea,
  clipOfDay,
  day,
  holdNumbered,
  openHoldOffice,
  warrant,
} from '../../../support/cloud/hold-office.ts';

const kept = async (
  office: Awaited<ReturnType<typeof openHoldOffice>>,
  n: number,
): Promise<unknown> => (await office.row(clipNumbered(n)))?.keptUntil;

describe('placing a hold', () => {
  test('attaches to what is in scope and puts numbers, no names, on record [HLD-1]', async () => {
    const office = await openHoldOffice();
    await office.add(
      clipOfDay(1),
      clipOfDay(2, { visibility: 'user-deleted', userDeletedAt: day(3) }),
      clipOfDay(40),
    );
    const placed = await office.holds.place(warrant(1));
    expect(placed).toMatchObject({ ok: true, isNew: true, held: 2, unheld: { count: 0 } });
    expect(await office.holds.clipsOf(holdNumbered(1))).toEqual([clipNumbered(1), clipNumbered(2)]);
    expect([await kept(office, 1), await kept(office, 2), await kept(office, 40)]).toEqual([
      null,
      null,
      0,
    ]);
    const [entry] = await office.entries('hold-placed');
    expect(entry).toMatchObject({
      actor: `reviewer:${ada}`,
      facts: {
        hold: holdNumbered(1),
        kind: 'search-warrant',
        basis: ulidNumbered(7001),
        expiresAt: null,
        accountsNamed: 0,
        devicesNamed: 1,
      },
    });
    expect(entry?.facts).not.toHaveProperty('clips');
    expect(JSON.stringify(entry)).not.toContain('porch');
    expect(await office.entries('hold-reached')).toMatchObject([
      { facts: { hold: holdNumbered(1), clips: 2, ownerDeleted: 1, epoch: 1 } },
    ]);
  });

  test('twice is once, and another hold may not take its id [HLD-1]', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    await office.holds.place(warrant(1));
    expect(await office.holds.place(warrant(1))).toMatchObject({ ok: true, isNew: false, held: 0 });
    expect(await office.holds.place(warrant(1, { kind: 'litigation' }))).toMatchObject({
      ok: false,
      because: 'another-hold-has-this-id',
    });
    expect(await office.entries('hold-placed')).toHaveLength(1);
    expect(await office.entries('hold-refused')).toMatchObject([
      { facts: { command: 'place', because: 'another-hold-has-this-id' } },
    ]);
  });

  test('reaches what its owner has deleted and what still arrives [HLD-2]', async () => {
    const office = await openHoldOffice();
    office.clock.advance(days(2));
    await office.add(
      clipOfDay(1, { visibility: 'user-deleted', userDeletedAt: day(1) }),
      stagedClip(2, {
        recordedAt: day(2),
        boundLowerAt: day(2),
        claimedAt: day(2),
        firstReceivedAt: day(2),
      }),
    );
    expect(await office.holds.place(warrant(1))).toMatchObject({ ok: true, held: 2 });
  });

  test('on what was purged it is a recorded refusal that tells what there was [HLD-7]', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    await office.catalogue.write(async (tx) => {
      await tx
        .updateTable('clips')
        .set({ possession: 'shredding', visibility: 'expired' })
        .execute();
    });
    const { thing, clip } = clipNumbered(1);
    const unheld = { count: 1, sha256: sha256(`${thing}/${clip}`).toString('hex') };
    expect(await office.holds.place(warrant(1))).toEqual({
      ok: false,
      because: 'nothing-to-hold',
      unheld,
    });
    expect(await office.entries('hold-refused', 'hold-placed')).toMatchObject([
      { kind: 'hold-refused', facts: { because: 'nothing-to-hold', unheld } },
    ]);
    expect(await office.holds.find(holdNumbered(1))).toBeNull();
  });

  test('by account it follows the owner, not the device', async () => {
    const office = await openHoldOffice();
    await office.add(
      clipOfDay(1, { account: ulidNumbered(1) }),
      clipOfDay(2, { account: ulidNumbered(2) }),
      clipOfDay(3, { thing: thingNamed('gate'), account: ulidNumbered(1) }),
    );
    const byAccount = { by: 'account', account: ulidNumbered(1) } as const;
    await office.holds.place(
      warrant(1, { scope: { subjects: [byAccount], from: null, to: null } }),
    );
    expect(await office.holds.clipsOf(holdNumbered(1))).toEqual([
      clipNumbered(3, 'gate'),
      clipNumbered(1),
    ]);
    const both = { by: 'device-of-account', thing: thingNamed('porch') } as const;
    await office.holds.place(
      warrant(2, {
        scope: { subjects: [{ ...both, account: ulidNumbered(2) }], from: null, to: null },
      }),
    );
    expect(await office.holds.clipsOf(holdNumbered(2))).toEqual([clipNumbered(2)]);
  });

  test('on more clips than fit into a page it reads page by page, and is on each of them [HLD-1]', async () => {
    const office = await openHoldOffice();
    const onPorch = clipsPerPage + 50;
    await office.add(...Array.from({ length: onPorch }, (_, n) => clipOfDay(1, clipNumbered(n))));
    await office.add(
      ...Array.from({ length: 3 }, (_, n) => clipOfDay(1, clipNumbered(7000 + n, 'gate'))),
    );
    let rowsAtOnceMax = 0;
    const counter: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        rowsAtOnceMax = Math.max(rowsAtOnceMax, result.rows.length);
        return result;
      },
    };
    const subjects = (['porch', 'gate'] as const).map(
      (name) => ({ by: 'device', thing: thingNamed(name) }) as const,
    );
    const placement = warrant(1, { scope: { subjects, from: day(0), to: day(30) } });
    const placed = await office.catalogue.write((tx) =>
      office.holds.place(placement, tx.withPlugin(counter)),
    );
    expect(placed).toMatchObject({ ok: true, held: onPorch + 3 });
    expect(rowsAtOnceMax).toBe(clipsPerPage);
    const { rows } = await sql<ClipKey>`
      select clips.thing, clips.clip from clips join "holdAttachments" using (thing, clip)
      where "keptUntil" is null order by thing, clip`.execute(office.catalogue.read);
    expect(rows).toHaveLength(onPorch + 3);
    const names = rows.map(({ thing, clip }) => `${thing}/${clip}`).join('\n');
    expect(await office.entries('hold-reached')).toMatchObject([
      { facts: { clips: onPorch + 3, clipsSha256: sha256(names).toString('hex') } },
    ]);
  });

  test('a clip across the edge of the range, or of uncertain time, is held', async () => {
    const office = await openHoldOffice();
    const edge = later(day(0), milliseconds(-5000));
    await office.add(
      clipOfDay(1, { recordedAt: edge, boundLowerAt: edge, claimedAt: edge }),
      clipOfDay(40, { boundLowerAt: null }),
      clipOfDay(41, { boundLowerAt: day(29) }),
      clipOfDay(42, { boundLowerAt: day(30) }),
    );
    await office.holds.place(warrant(1));
    expect(await office.holds.clipsOf(holdNumbered(1))).toEqual(
      [1, 40, 41].map((n) => clipNumbered(n)),
    );
  });

  test('a warrant takes the place of the intake hold of its demand [HLD-4]', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    const basis = ulidNumbered(7001);
    await office.holds.place(warrant(9, { kind: 'intake', basis, by: 'desk' }));
    expect(await kept(office, 1)).toBe(day(14));
    await office.holds.place(warrant(1, { converts: holdNumbered(9) }));
    expect((await office.holds.ofBasis(basis)).map(({ kind, ended }) => [kind, ended])).toEqual([
      ['search-warrant', null],
      ['intake', { at: day(0), because: 'converted' }],
    ]);
    expect(await kept(office, 1)).toBeNull();
    await office.holds.place(warrant(8, { kind: 'intake', by: 'desk' }));
    await office.holds.place(warrant(2, { converts: holdNumbered(8) }));
    expect(await office.holds.find(holdNumbered(8))).toMatchObject({ ended: null });
    expect(await office.entries('hold-refused')).toMatchObject([
      { facts: { because: 'not-its-intake-hold' } },
    ]);
  });
});

describe('releasing a hold takes two people [LEG-5]', () => {
  test('the first asks, the same one again is refused on record, another ends it', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    await office.holds.place(warrant(1));
    const release = (by: string) =>
      office.holds.release({ hold: holdNumbered(1), because: 'released', by });
    expect(await release(`reviewer:${ada}`)).toMatchObject({ ok: true, state: 'asked' });
    expect(await kept(office, 1)).toBeNull();
    expect(await release(`approver:${ada}`)).toEqual({ ok: false, because: 'same-person' });
    expect(await kept(office, 1)).toBeNull();
    expect(await release(`approver:${bea}`)).toMatchObject({ ok: true, state: 'ended' });
    expect(await kept(office, 1)).toBe(0);
    expect(await release(`approver:${bea}`)).toMatchObject({ ok: true, state: 'ended' });
    const told = await office.entries('hold-release-asked', 'hold-refused', 'hold-ended');
    expect(told.map(({ kind, actor }) => `${kind} ${actor}`)).toEqual([
      `hold-release-asked reviewer:${ada}`,
      `hold-refused approver:${ada}`,
      `hold-ended approver:${bea}`,
    ]);
    expect(told.at(-1)?.facts).toMatchObject({ because: 'released', askedBy: `reviewer:${ada}` });
  });

  test('two who are no approvers do not, whoever asks; one who is does with any of them', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    await office.holds.place(warrant(1));
    const release = (by: string) =>
      office.holds.release({ hold: holdNumbered(1), because: 'released', by });
    expect(await release(`agency-officer:${ada}`)).toMatchObject({ ok: true, state: 'asked' });
    for (const by of [`reviewer:${bea}`, 'desk']) {
      expect(await release(by)).toEqual({ ok: false, because: 'no-approver' });
    }
    expect(await kept(office, 1)).toBeNull();
    expect(await release(`approver:${bea}`)).toMatchObject({ ok: true, state: 'ended' });
    expect(await office.entries('hold-refused')).toHaveLength(2);
  });

  test('only an intake hold is rejected; one that is not there is refused on record', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    await office.holds.place(warrant(1));
    const by = `reviewer:${ada}`;
    expect(await office.holds.release({ hold: holdNumbered(1), because: 'rejected', by })).toEqual({
      ok: false,
      because: 'not-an-intake',
    });
    expect(await office.holds.release({ hold: holdNumbered(2), because: 'released', by })).toEqual({
      ok: false,
      because: 'no-such-hold',
    });
    expect(await office.entries('hold-refused')).toHaveLength(2);
  });
});

describe('the term of a hold', () => {
  test('a preservation request is renewed once, before it lapses [HLD-5]', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    await office.holds.place(warrant(1, { kind: 'preservation-request' }));
    expect(await kept(office, 1)).toBe(day(90));
    const renew = (request: string) =>
      office.holds.renew({ hold: holdNumbered(1), request, by: `reviewer:${ada}` });
    expect(await renew('a')).toMatchObject({ ok: true, isNew: true });
    expect(await renew('a')).toMatchObject({ ok: true, isNew: false });
    expect(await renew('b')).toEqual({ ok: false, because: 'renewals-used-up' });
    expect(await kept(office, 1)).toBe(day(180));
    expect(await office.entries('hold-renewed')).toHaveLength(1);
    office.clock.advance(days(180));
    await office.lapse();
    expect(await office.holds.find(holdNumbered(1))).toMatchObject({
      ended: { at: day(180), because: 'lapsed' },
    });
    // It outlived its window of 60 days, so the week of grace is its own. [HLD-7]
    expect(await kept(office, 1)).toBe(day(187));
    await office.lapse();
    expect(await office.entries('hold-ended')).toHaveLength(1);
  });
});

test('two hundred holds on one clip add up: it is free when the last has gone [HLD-1] I6', async () => {
  const office = await openHoldOffice();
  await office.add(clipOfDay(1));
  const numbers = Array.from({ length: 200 }, (_, n) => n + 1);
  await office.catalogue.write(async (tx) => {
    for (const n of numbers) await office.holds.place(warrant(n), tx);
  });
  const releaseAll = (some: readonly number[]) =>
    office.catalogue.write(async (tx) => {
      for (const n of some) {
        for (const by of [`reviewer:${ada}`, `approver:${bea}`]) {
          await office.holds.release({ hold: holdNumbered(n), because: 'released', by }, tx);
        }
      }
    });
  const last = 100;
  await releaseAll(numbers.filter((n) => n !== last));
  expect(await kept(office, 1)).toBeNull();
  await releaseAll([last]);
  expect(await kept(office, 1)).toBe(0);
});

describe('what the schema refuses, whatever the services do', () => {
  test.each([
    ['a hold that goes', 'delete from holds', /stays on record/],
    ['an attachment that goes', 'delete from holdAttachments', /never detached/],
    ['another scope', `update holds set scope = '{}'`, /never changes/],
    [
      'a purge under a hold',
      `update clips set possession = 'shredding', visibility = 'expired'`,
      /not purged/,
    ],
    ['an epoch that goes back', 'update holdEpoch set epoch = 0', /ascends/],
  ])('%s', async (_title, statement, message) => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    await office.holds.place(warrant(1));
    await expect(office.catalogue.write((tx) => sql.raw(statement).execute(tx))).rejects.toThrow(
      message,
    );
  });
});

describe('leases', () => {
  test('keep what an export copies, by signs of life, and not beyond a week', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1));
    const lease = ulidNumbered(9000);
    const { write } = office.catalogue;
    const renew = () => write((tx) => office.leases.renew(tx, lease));
    expect(
      await write((tx) => office.leases.take(tx, lease, ulidNumbered(1), [clipNumbered(1)])),
    ).toBeNull();
    expect(await kept(office, 1)).toBe(day(1));
    office.clock.advance(days(0.25));
    expect(await renew()).toBe(true);
    expect(await kept(office, 1)).toBe(day(1));
    for (let n = 1; n < 13; n++) {
      office.clock.advance(days(0.5));
      expect(await renew()).toBe(true);
    }
    expect(await kept(office, 1)).toBe(day(7));
    office.clock.advance(days(0.75));
    expect(await renew()).toBe(false);
    await office.lapse();
    expect(await kept(office, 1)).toBe(0);
    await write((tx) => office.leases.end(tx, lease));
    expect(await office.entries('lease-ended')).toMatchObject([{ facts: { because: 'lapsed' } }]);
  });

  test('are refused where a clip is not there, and end when the work is done', async () => {
    const office = await openHoldOffice();
    await office.add(clipOfDay(1), stagedClip(2));
    const lease = ulidNumbered(9000);
    const { write } = office.catalogue;
    const take = (...ns: number[]) =>
      write((tx) =>
        office.leases.take(
          tx,
          lease,
          ulidNumbered(1),
          ns.map((n) => clipNumbered(n)),
        ),
      );
    expect(await take(1, 2)).toEqual(clipNumbered(2));
    expect(await take(1, 3)).toEqual(clipNumbered(3));
    expect(await take(1)).toBeNull();
    await write((tx) => office.leases.end(tx, lease));
    expect(await kept(office, 1)).toBe(0);
    expect(await office.entries('lease-ended')).toMatchObject([{ facts: { because: 'done' } }]);
  });
});
