import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Command } from 'commander';
import { describe, expect, test, vi } from 'vitest';
import type { Exports } from '../../../cloud-stub/services/exports/exports.ts';
import { days } from '../../../device/wire/time.ts';
import { addDemandCommands } from '../../../tools/commands/demands.ts';
import { addHoldCommands } from '../../../tools/commands/holds.ts';
import { addNoticeCommands } from '../../../tools/commands/notices.ts';
import { addPrincipalCommands } from '../../../tools/commands/principals.ts';
import { listening, someUlid } from '../../support/cloud/api-under-test.ts';
import {
  formOf,
  officeOf,
  openDeskOffice,
  owner,
  paper,
  porchClip,
  tokensOf,
} from '../../support/cloud/desk-office.ts';
import { ToldExports } from '../../support/cloud/told-exports.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

type Who = keyof Awaited<ReturnType<typeof tokensOf>> | 'owner';

/** An office behind HTTP, and the command line as each of its people types it: what it prints, as JSON or as text. */
async function office(exports: Exports = new ToldExports()) {
  const desk = await openDeskOffice({ exports });
  await desk.add(porchClip(1, 1), porchClip(2, 2));
  await desk.pass(days(3));
  const { cloud, url } = await listening({ office: officeOf(desk) });
  cloud.tokens.set('token-of-owner', owner);
  const tokens = { ...(await tokensOf(desk)), owner: 'token-of-owner' };
  const folder = temporaryFolder();
  const form = path.join(folder, 'form.json');
  const file = path.join(folder, 'warrant.pdf');
  writeFileSync(form, JSON.stringify(formOf(desk.clock.now())));
  writeFileSync(file, paper().bytes);

  async function typed(who: Who, ...words: readonly string[]): Promise<string> {
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    for (const add of [addDemandCommands, addHoldCommands, addNoticeCommands]) add(program);
    addPrincipalCommands(program);
    const said: unknown[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((line) => void said.push(line));
    try {
      await program.parseAsync([...words, '--url', url, '--token', tokens[who]], { from: 'user' });
    } finally {
      log.mockRestore();
    }
    return said.join('\n');
  }
  const json = async (who: Who, ...words: readonly string[]) =>
    JSON.parse(await typed(who, ...words, '--json'));
  /** Up to the answer; gives the demand. */
  async function approved(): Promise<string> {
    const { demand } = await json('agency-officer', 'demand', 'submit', form, file);
    const intake = ['--pages', '4', '--silence-names-process'];
    const taken = await json('intake-clerk', 'demand', 'intake', demand, ...intake);
    const signed = ['--seen', String(taken.version)];
    const reviewed = await json('reviewer', 'demand', 'review', demand, ...signed);
    await json('approver', 'demand', 'approve', demand, '--seen', String(reviewed.version));
    return demand;
  }
  return { desk, folder, form, file, typed, json, approved };
}

describe('the desk on the command line', () => {
  test('plays a matter through, from the paper to the bag that is handed over', async () => {
    const { json, typed, approved, folder } = await office();
    const demand = await approved();
    expect(await typed('agency-officer', 'demand', 'show', demand)).toMatch(/^outcome +FULL$/m);
    expect(await typed('reviewer', 'demand', 'show', demand)).toMatch(/^challenge +until /m);
    expect(await typed('agency-officer', 'demand', 'items', demand)).toMatch(/clip\S+ +released/);
    expect((await json('auditor', 'demand', 'list', '--stage', 'decided')).map(idOf)).toEqual([
      demand,
    ]);
    const saved = path.join(folder, 'saved.pdf');
    await typed('reviewer', 'demand', 'paper', demand, '--out', saved);
    expect(readFileSync(saved)).toEqual(Buffer.from(paper().bytes));
    await expect(json('custodian', 'demand', 'seal', demand)).rejects.toThrow(
      /the owner was told and has until .* to challenge it, or to waive that/,
    );
    const [notice] = await json('owner', 'notices');
    expect(notice).toMatchObject({ process: 'search-warrant', challengeBy: expect.any(String) });
    expect(await typed('owner', 'waive', notice.notice)).toBe('waived');
    await json('custodian', 'demand', 'seal', demand);
    expect((await json('custodian', 'demand', 'deliver', demand)).stage).toBe('delivered');
    await expect(
      typed('agency-officer', 'demand', 'bag', demand, '--out', path.join(folder, 'bag.tar')),
    ).rejects.toThrow(/no such bag/);
  });

  test('moves against an order, and records what a court left of it', async () => {
    const { desk, json, typed, form, file } = await office();
    const order = formOf(desk.clock.now(), {
      ...{ process: 'court-order-2703d', classes: ['subscriber', 'non-content'] },
    });
    writeFileSync(form, JSON.stringify(order));
    const { demand } = await json('agency-officer', 'demand', 'submit', form, file);
    await json('intake-clerk', 'demand', 'intake', demand, '--pages', '4');
    const why = ['--ground', 'undue-burden', '--because', 'too much'];
    const moved = await json('counsel', 'demand', 'move', demand, ...why);
    expect([moved.challenged, moved.stage]).toEqual([true, 'in-review']);
    const end = ['demand', 'end-challenge', demand];
    await expect(typed('reviewer', ...end, '--to', '2027-01-01T00:00:00Z')).rejects.toThrow(
      /beyond the time of the demand/,
    );
    const left = ['--class', 'subscriber', '--to', '2026-01-03T00:00:00Z'];
    expect(await json('reviewer', ...end, ...left)).toMatchObject({
      ...{ challenged: false, classes: ['subscriber'], to: '2026-01-03T00:00:00.000Z' },
    });
  });

  test('refuses, takes back, asks, and hears an owner', async () => {
    const { desk, json, typed, approved, form, file } = await office();
    const demand = await approved();
    const [notice] = await json('owner', 'notices');
    await typed('owner', 'challenge', notice.notice, 'it is my porch');
    const ended = await json('reviewer', 'demand', 'end-challenge', demand, '--upheld');
    expect(ended.outcome).toEqual({ code: 'QUASHED' });

    const second = await json('agency-officer', 'demand', 'submit', form, file);
    expect((await json('agency-officer', 'demand', 'withdraw', second.demand)).outcome).toEqual({
      code: 'WITHDRAWN',
    });

    writeFileSync(form, JSON.stringify(formOf(desk.clock.now(), { from: null })));
    const vague = await json('agency-officer', 'demand', 'submit', form, file);
    expect(vague.stage).toBe('asked');
    writeFileSync(form, JSON.stringify(formOf(desk.clock.now())));
    const answered = await json('agency-officer', 'demand', 'answer', vague.demand, form, file);
    expect(answered.stage).toBe('received');
    const taken = await json('intake-clerk', 'demand', 'intake', vague.demand, '--pages', '4');
    const seen = ['--seen', String(taken.version)];
    const advised = await json('counsel', 'demand', 'advise', vague.demand, ...seen);
    const why = ['--reason', 'overbroad', '--seen', String(advised.version)];
    expect((await json('reviewer', 'demand', 'refuse', vague.demand, ...why)).outcome).toEqual({
      ...{ code: 'REJECTED', reason: 'overbroad' },
    });
    await expect(typed('reviewer', 'demand', 'lift-silence', vague.demand)).rejects.toThrow(
      /the matter is closed: this is done while it is received or asked/,
    );
    for (const words of [
      ['consent', demand],
      ['consent', demand, '--revoke'],
    ]) {
      await expect(typed('owner', ...words)).rejects.toThrow(/no such request/);
    }
  });

  test('holds by one, by two, and lets go by two', async () => {
    const { json, typed } = await office();
    const span = ['--from', '2026-01-01T00:00:00Z', '--to', '2026-01-04T00:00:00Z'];
    const on = ['hold', 'place', '--basis', someUlid, ...span];
    const narrow = await json('reviewer', ...on, '--thing', 'porch');
    expect(narrow).toMatchObject({ kind: 'litigation', ended: null });
    expect((await json('auditor', 'hold', 'list', '--open')).map(holdOf)).toEqual([narrow.hold]);
    expect(await typed('auditor', 'hold', 'show', narrow.hold)).toMatch(/litigation .* in force/);
    await expect(
      json('reviewer', 'hold', 'renew', narrow.hold, '--request', 'a'.repeat(64)),
    ).rejects.toThrow(/not-renewable/);
    const because = ['--rejected'];
    await expect(json('reviewer', 'hold', 'release', narrow.hold, ...because)).rejects.toThrow(
      /not-an-intake/,
    );
    await json('reviewer', 'hold', 'release', narrow.hold);
    expect((await json('approver', 'hold', 'release', narrow.hold)).ended.because).toBe('released');

    const wide = await json('reviewer', ...on, '--account', owner);
    const { proposal } = wide;
    expect(await typed('approver', 'hold', 'proposals')).toContain(proposal);
    await expect(json('approver', 'hold', 'show', proposal)).rejects.toThrow(/no such hold/);
    expect((await json('approver', 'hold', 'approve', proposal)).hold).toBe(proposal);
    expect(await typed('approver', 'hold', 'proposals')).toBe('no proposals');
  });

  test('verifies an agency over HTTP, by a clerk and nobody else', async () => {
    const { desk, typed } = await office();
    expect(await typed('intake-clerk', 'agency', 'verify', desk.agency)).toContain('is verified');
    await expect(typed('reviewer', 'agency', 'verify', desk.agency)).rejects.toThrow(/not for/);
  });
});

const idOf = ({ demand }: { readonly demand: string }): string => demand;
const holdOf = ({ hold }: { readonly hold: string }): string => hold;
