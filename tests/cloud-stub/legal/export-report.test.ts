import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import { bagPaths } from '../../../cloud-stub/legal/export-manifest.ts';
import {
  openExportOffice,
  orderFor,
  recordClip,
  sealedBag,
} from '../../support/cloud/export-office.ts';
import { chromiumBin, faultsOf, launchChromium, patient } from '../../support/pages/chromium.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const hostile = '"><script>alert(1)</script>&\'';

async function reportedBag(): Promise<string> {
  const folder = temporaryFolder();
  const office = await openExportOffice(folder);
  const picture = { width: 64, height: 36, channels: 3 as const, background: '#446688' };
  const still = await sharp({ create: picture }).jpeg().toBuffer();
  const clips = [
    await recordClip(office.storage, 1, { still }),
    await recordClip(office.storage, 2, { still }),
  ];
  const order = orderFor(clips);
  const { people, demand } = order;
  return sealedBag(folder, office, {
    ...order,
    statute: ['18 USC 2703(a)'],
    provider: hostile,
    people: { ...people, custodian: { ...people.custodian, name: hostile } },
    demand: { ...demand, caseNumber: hostile, sender: { ...demand.sender, agency: hostile } },
  });
}

test('whatever people call themselves stays text, and nothing runs or comes from elsewhere', async () => {
  const bag = await reportedBag();
  const html = readFileSync(join(bag, bagPaths.report), 'utf8');
  expect(html).not.toContain('<script');
  expect(html).not.toMatch(/https?:|javascript:|\son\w+=/);
  expect(html.split('&#60;script&#62;').length - 1).toBeGreaterThan(4);
  const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link]) => link ?? '');
  expect(links).toHaveLength(4);
  expect(links.filter((link) => !existsSync(join(bag, link)))).toEqual([]);
});

test.skipIf(chromiumBin === null)('a browser shows every recording, without a fault', async () => {
  const bag = await reportedBag();
  const browser = await launchChromium();
  try {
    const page = patient(await browser.newPage());
    const faults = faultsOf(page);
    await page.goto(pathToFileURL(join(bag, bagPaths.report)).href);
    expect(await page.locator('section.clip').count()).toBe(2);
    expect(await page.locator('section.clip tbody tr').allInnerTexts()).toContainEqual(
      expect.stringContaining('copied for this export'),
    );
    expect(await page.title()).toContain('EXP-');
    const stills = await page.locator('.stills img').all();
    const widths = stills.map((still) =>
      still.evaluate((image) => Reflect.get(image, 'naturalWidth')),
    );
    expect(await Promise.all(widths)).toEqual([64, 64]);
    expect(faults).toEqual([]);
  } finally {
    await browser.close();
  }
});

test('it tells in plain words what was demanded, by what law, and what was done about it', async () => {
  const html = readFileSync(join(await reportedBag(), bagPaths.report), 'utf8');
  expect(html).toContain('search warrant (18 USC 2703(a))');
  expect(html).toContain('<strong>FULL</strong>: all that it names and may compel');
  expect(html).toContain('this export was frozen');
  expect(html).not.toContain('export-leased');
  // On paper each page says which it is.
  expect(html).toContain("@bottom-right { content: 'page ' counter(page) ' of ' counter(pages); }");
});
