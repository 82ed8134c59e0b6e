import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { artifacts, faultsOf, launchChromium, patient } from '../support/pages/chromium.ts';
import { canShowPages, openPageWorld, type PageWorld } from '../support/pages/page-world.ts';
import { waitFor } from '../support/wait-for.ts';

const desk = { width: 1360, height: 860 };
const phone = { width: 360, height: 740 };

let browser: Browser;

describe.skipIf(!canShowPages)('the owner’s account in Chromium', () => {
  beforeAll(async () => {
    await mkdir(artifacts, { recursive: true });
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
  });

  async function home(viewport = desk) {
    const world = await openPageWorld();
    const context = patient(await browser.newContext({ viewport, acceptDownloads: true }));
    onTestFinished(async () => {
      await context.close();
      await world.api.close();
    });
    const page = await context.newPage();
    const faults = faultsOf(page);
    await page.goto(world.signedInUrl);
    await page.locator('.item').first().waitFor();
    return { world, page, faults };
  }
  const clipsOf = async ({ cloud, account }: PageWorld): Promise<number> =>
    (await cloud.footage.list(account, { limit: 200 }))?.items.length ?? 0;
  const question = (page: Page) => page.getByRole('alertdialog');
  const picture = (page: Page, name: string) =>
    page.screenshot({ path: `${artifacts}${name}.png` });

  it('[DEL-1] picks several clips and deletes them together, once it is sure', async () => {
    const { world, page, faults } = await home();
    const before = await clipsOf(world);
    const items = page.locator('.item');
    await page.getByRole('button', { name: 'Select' }).click();
    const bar = page.getByRole('group', { name: 'Selected clips' });
    await bar.getByText('0 clips selected').waitFor();
    expect(await bar.getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true);
    for (const n of [0, 2, 3]) await items.nth(n).click();
    await items.nth(3).click();
    await bar.getByText('2 clips selected').waitFor();
    // Picking opens nothing.
    expect(await page.locator('.item[aria-current="true"]').count()).toBe(0);
    await picture(page, 'picking');
    await bar.getByRole('button', { name: 'Delete' }).click();
    await question(page).getByText('This cannot be undone').waitFor();
    await question(page).getByRole('button', { name: 'Keep' }).click();
    expect(await clipsOf(world)).toBe(before);
    await bar.getByRole('button', { name: 'Delete' }).click();
    await question(page).getByRole('button', { name: 'Delete' }).click();
    await page.getByText('2 deleted').waitFor();
    await bar.waitFor({ state: 'hidden' });
    expect(await clipsOf(world)).toBe(before - 2);
    expect(faults).toEqual([]);
  });

  it('picks with the keyboard, and Escape ends it', async () => {
    const { page } = await home(phone);
    await page.getByRole('button', { name: 'Select' }).focus();
    await page.keyboard.press('Enter');
    await page.locator('.item').first().focus();
    await page.keyboard.press('Enter');
    await page.getByText('1 clip selected').waitFor();
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    ).toBeLessThanOrEqual(0);
    await picture(page, 'picking-phone');
    await page.keyboard.press('Escape');
    await page.getByText('1 clip selected').waitFor({ state: 'hidden' });
  });

  it('shows plan and window, and takes everything along [RET-3]', async () => {
    const { page, faults } = await home();
    await page.getByRole('button', { name: 'Account' }).click();
    const dialog = page.getByRole('dialog', { name: 'Account' });
    await dialog.getByText('60 days').waitFor();
    await dialog.getByText('ring-2019').waitFor();
    await picture(page, 'account');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      dialog.getByText('Download everything').click(),
    ]);
    expect(download.suggestedFilename()).toBe('doorbell-account.tar');
    expect(await download.failure()).toBeNull();
    expect(faults).toEqual([]);
  });

  it('[DEL-1] deletes all clips after asking, and then there is nothing', async () => {
    const { world, page } = await home();
    const before = await clipsOf(world);
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Delete all clips' }).click();
    await question(page).getByRole('button', { name: 'Keep' }).click();
    expect(await clipsOf(world)).toBe(before);
    await page.getByRole('button', { name: 'Delete all clips' }).click();
    await question(page).getByText('This cannot be undone').waitFor();
    await question(page).getByRole('button', { name: 'Delete all' }).click();
    await page.getByText(`${before} clips deleted`).waitFor();
    await waitFor('an empty timeline', async () => (await page.locator('.item').count()) === 0);
    expect(await clipsOf(world)).toBe(0);
  });

  it('[DEL-5] closes the account after asking, and nobody is signed in any more', async () => {
    const { world, page } = await home();
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Close the account' }).click();
    await question(page).getByText('This cannot be undone').waitFor();
    await picture(page, 'close-account');
    await question(page).getByRole('button', { name: 'Close the account' }).click();
    await page.getByText('Your account is closed.').waitFor();
    await page.locator('#token').waitFor();
    expect(await world.cloud.accounts.authenticate('token-of-the-owner')).toBeNull();
  });
});
