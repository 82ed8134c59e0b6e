import { expect, test } from 'vitest';
import { LedgerAudit } from '../../../cloud-stub/custody/ledger-audit.ts';
import {
  checkConsistency,
  checkInclusion,
  consistencyProofSchema,
  inclusionProofSchema,
} from '../../../cloud-stub/custody/ledger-proof.ts';
import { readVerifierKey } from '../../../cloud-stub/custody/signed-note.ts';
import { days } from '../../../device/wire/time.ts';
import { injected } from '../../support/cloud/api-under-test.ts';
import {
  decided,
  formOf,
  officeOf,
  openDeskOffice,
  porchClip,
  tokensOf,
} from '../../support/cloud/desk-office.ts';

async function openAudit() {
  const people = await openDeskOffice();
  await people.add(porchClip(1, 1), porchClip(2, 2));
  await people.pass(days(3));
  await decided(people, formOf(people.clock.now()));
  const { server } = await injected({ office: officeOf(people) });
  const { auditor } = await tokensOf(people);
  const ask = (url: string) =>
    server.inject({ method: 'GET', url, headers: { authorization: `Bearer ${auditor}` } });
  return { ask, people, server };
}

test('an auditor reads and checks the whole ledger over HTTP, with its key alone [LOG-1, SEC-1]', async () => {
  const { ask } = await openAudit();
  const key = readVerifierKey((await ask('/v1/ledger/key')).body);
  if (key === null) throw new Error('no key');
  const checkpoint = (await ask('/v1/ledger/checkpoint')).body;
  const size = Number(checkpoint.split('\n')[1]);
  expect(size).toBeGreaterThan(10);
  const audit = new LedgerAudit(key);
  for (let from = 0; audit.size < size; from += 4) {
    const page = await ask(`/v1/ledger/entries?from=${from}&limit=4`);
    expect(page.headers['content-type']).toMatch(/jsonl/);
    for (const line of page.body.split('\n').slice(0, -1)) {
      if (audit.size < size) expect(audit.line(Buffer.from(line))).toBeNull();
    }
  }
  expect(audit.checkpoint(checkpoint, size)).toBeNull();

  const proof = inclusionProofSchema.parse((await ask('/v1/ledger/entries/3/proof')).json());
  expect(checkInclusion(proof, key)).toMatchObject({ ok: true, proven: { leaf: { seq: 3 } } });
  expect((await ask('/v1/ledger/entries/99999/proof')).statusCode).toBe(404);
  const growth = await ask(`/v1/ledger/consistency?from=${size}&to=${size}`);
  expect(checkConsistency(consistencyProofSchema.parse(growth.json()), key).ok).toBe(true);
});

test('an auditor has the transparency report over HTTP [LOG-3]', async () => {
  const { ask } = await openAudit();
  const report = (await ask('/v1/transparency/2026-H1')).json() as { readonly v: number };
  expect(report).toMatchObject({ v: 1, smallestCount: 10, unreadable: 0 });
  expect((await ask('/v1/transparency/2026-13')).statusCode).toBe(400);
});

test('the figures that anyone reads tell nothing of the office [DEL-4]', async () => {
  const { server } = await openAudit();
  await server.inject({ method: 'GET', url: '/v1/demands' });
  await server.inject({ method: 'POST', url: '/v1/holds', body: {} });
  const counted = (await server.inject('/v1/notices')).statusCode;
  const figures = (await server.inject('/metrics')).body;
  expect(figures).toContain(`route="/v1/notices",status="${counted}"} 1`);
  expect(figures).not.toMatch(/demands|holds|ledger/);
});

test('there is no certificate for what was not purged [RET-6]', async () => {
  const { ask } = await openAudit();
  const { thing, clip } = porchClip(1, 1);
  expect((await ask(`/v1/ledger/dispositions/${thing}/${clip}`)).statusCode).toBe(404);
});
