import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeLedgerFiles } from '../../../cloud-stub/backends/ledger-files.ts';
import { readLeaf } from '../../../cloud-stub/custody/ledger-leaf.ts';
import { TransparencyFold } from '../../../cloud-stub/legal/transparency-fold.ts';
import { transparencyReport } from '../../../cloud-stub/legal/transparency-report.ts';
import { makeCheckpoints } from '../../../cloud-stub/services/ledger/checkpoints.ts';
import { reportTransparency } from '../../../cloud-stub/services/ledger/transparency.ts';
import { days, later } from '../../../device/wire/time.ts';
import { verifyLedgerFiles } from '../../../tools/commands/ledger-verify.ts';
import { transparencyPage } from '../../../tools/commands/transparency-page.ts';
import { transparencyText } from '../../../tools/commands/transparency-text.ts';
import { newYear } from '../../support/cloud/catalogue-rows.ts';
import { ulidNumbered } from '../../support/cloud/clip-samples.ts';
import { openStorage, type Storage } from '../../support/cloud/cloud-storage.ts';
import { standingClock } from '../../support/standing-clock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const period = { from: newYear, to: later(newYear, days(365)) };

async function receive({ catalogue, ledger }: Storage, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    await catalogue.write((tx) =>
      ledger.append(tx, {
        kind: 'demand-received',
        at: newYear,
        actor: `agency-officer:${ulidNumbered(n)}`,
        facts: {
          demand: ulidNumbered(1000 + n),
          process: n < 5 ? 'civil-subpoena' : 'search-warrant',
          reportAs: n < 5 ? 'civil' : 'search-warrants',
          agency: `agency:${ulidNumbered(n)}`,
          classes: ['content'],
          accountsNamed: 1,
          devicesNamed: 731,
          documentSha256: null,
        },
      }),
    );
  }
}

test('an auditor counts from the files what the cloud counted from its records [LOG-3, I27]', async () => {
  const folder = temporaryFolder();
  const storage = await openStorage(folder, standingClock(newYear));
  await receive(storage, 30);
  const counted = await reportTransparency(storage, period);
  expect(counted.processes.at(-1)).toMatchObject({ process: 'all', received: 30 });

  await makeCheckpoints(storage).sign();
  const files = join(folder, 'ledger');
  await writeLedgerFiles(storage.catalogue.read, files, storage.ledgerSigner);
  const fold = new TransparencyFold(period);
  const verdict = await verifyLedgerFiles(files, storage.ledgerSigner, [], (_lines, bytes) => {
    const reading = readLeaf(bytes);
    if (reading.ok) fold.add(reading.leaf);
  });
  expect(verdict).toMatchObject({ ok: true, entries: 30 });
  expect(transparencyReport(fold)).toEqual(counted);
  // Who asked stands there by pseudonym, which the report's numbers need as little as names.
  const lines = await readFile(join(files, 'entries', '000000000000.jsonl'), 'utf8');
  for (let n = 0; n < 30; n++) expect(lines).not.toContain(ulidNumbered(n));
});

test('the page stands alone, and holds no number that is not published', async () => {
  const storage = await openStorage(temporaryFolder(), standingClock(newYear));
  await receive(storage, 30);
  const page = transparencyPage(await reportTransparency(storage, period), 'Counted from <30>.');
  expect(page).not.toMatch(/https?:|src=|@import|url\(|<script/);
  expect(page).toContain('Counted from &lt;30&gt;.');
  // Five civil demands named 3655 devices, and 25 warrants 18275.
  expect(page).not.toMatch(/3,655|18,275/);
  expect(page).toContain('21,930');
});

test('the text for a terminal leaves out what is 0 throughout, and holds no number that is not published', async () => {
  const storage = await openStorage(temporaryFolder(), standingClock(newYear));
  await receive(storage, 30);
  const text = transparencyText(await reportTransparency(storage, period), 'Counted.');
  expect(text).toBe(`Transparency report, 2026-01-01 to 2026-12-31

Demands and answers
                   RECEIVED  WAITING
  Search warrants         ▪        ▪
  Civil process           ▪        ▪
  All of these           30       30

What was produced, and for whom
                   ITEMS  ACCOUNTS NAMED  DEVICES NAMED  AGENCIES  MEDIAN DAYS
  Search warrants      0               ▪              ▪        25            ▪
  Civil process        ▪               ▪              ▪         ▪            ▪
  All of these         ▪              30         21,930        30            ▪

Why demands were rejected
  none

Emergencies
  none

National security
  In bands of 250, all kinds together; part of no number above.
  Demands 0-249, accounts named 0-249

Owners told, and silence ordered
  none

Footage kept on request
  none

What is 0 is left out (--json and --html have it).
▪ not published: a number from 1 to 9, or one from which such a number could be computed.
Totals count what is not shown as well, except where they are not shown themselves.
Counted.`);
});
