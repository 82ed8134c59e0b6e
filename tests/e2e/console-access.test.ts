import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { epochMs } from '../../device/wire/time.ts';
import { launchChromium, patient } from '../support/pages/chromium.ts';
import {
  canShowPages,
  followed,
  frontDoor,
  openPageWorld,
  type PageWorld,
} from '../support/pages/page-world.ts';

const desk = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser: Browser;
let axe: string;
let seen: PageWorld;
let fresh: PageWorld;

/** What axe finds against WCAG 2.2 AA, each with the elements it means. */
async function violationsOf(page: Page): Promise<string[]> {
  // Nothing is judged while it fades, and what is taken away meanwhile never finishes.
  await page.evaluate(() =>
    Promise.allSettled(document.getAnimations().map((each) => each.finished)),
  );
  await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })",
  );
  return violations.flatMap(({ id, impact, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${impact} ${id} ${target} ${failureSummary}`),
  );
}

describe.skipIf(!canShowPages)('the page for everybody', () => {
  beforeAll(async () => {
    [browser, axe] = [await launchChromium(), await readFile(axePath, 'utf8')];
    [seen, fresh] = [await openPageWorld(), await openPageWorld({ isEmpty: true })];
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([seen?.api.close(), fresh?.api.close()]);
  });

  async function opened(url: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = patient(
      await browser.newContext({
        viewport: desk,
        reducedMotion: 'reduce',
        // The page's own policy lets no foreign script in.
        bypassCSP: true,
        ...options,
      }),
    );
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }
  const home = (world: PageWorld, options: BrowserContextOptions = {}): Promise<Page> =>
    followed(world, () => opened(world.signedInUrl, options));
  const listed = async (page: Page): Promise<void> => page.locator('.item').first().waitFor();

  /** Each brings the page into a state that somebody sees. */
  const states: readonly (readonly [string, () => PageWorld, (page: Page) => Promise<void>])[] = [
    ['live and the timeline', () => seen, listed],
    [
      'a clip',
      () => seen,
      async (page) => {
        await listed(page);
        await page.locator('.item', { hasText: 'Ends early' }).click();
        await page.getByText('Reason: the doorbell fell silent.').waitFor();
      },
    ],
    [
      'picking, and the question before a delete',
      () => seen,
      async (page) => {
        await listed(page);
        await page.getByRole('button', { name: 'Select' }).click();
        await page.locator('.item').first().click();
        const bar = page.getByRole('group', { name: 'Selected clips' });
        await bar.getByRole('button', { name: 'Delete' }).click();
        await page.getByText('cannot be undone').waitFor();
      },
    ],
    [
      'the account',
      () => seen,
      async (page) => {
        await listed(page);
        await page.getByRole('button', { name: 'Account' }).click();
        await page.getByText('60 days').waitFor();
      },
    ],
    [
      'nothing that matches',
      () => seen,
      async (page) => {
        await listed(page);
        await page.getByLabel('Day', { exact: true }).fill('2020-01-01');
        await page.getByText('Nothing matches').waitFor();
      },
    ],
    [
      'a timeline that failed',
      () => seen,
      async (page) => {
        await listed(page);
        await page.route('**/v1/clips?**', (route) =>
          route.fulfill({ status: 500, body: '{"detail":"the cloud failed"}' }),
        );
        await page.getByRole('button', { name: 'Rings' }).click();
        await page.getByText('The timeline could not be loaded').waitFor();
      },
    ],
    ['all quiet', () => fresh, (page) => page.getByText('All quiet').waitFor()],
    [
      'a clip that arrives and a ring',
      () => fresh,
      async (page) => {
        await page.getByText('All quiet').waitFor();
        const recordedAt = epochMs(Date.now());
        const arriving = { state: 'arriving', durationMs: null, expiresAt: null } as const;
        const { account, cloud, footage } = fresh;
        const made = { thing: frontDoor, recordedAt, ...arriving };
        const clip = cloud.addClip(account, made, footage.subarray(0, 200_000));
        onTestFinished(async () => void (await cloud.footage.remove(account, clip)));
        cloud.addEvent(account, { thing: frontDoor, kind: 'ding', at: recordedAt });
        await page.locator('.item', { hasText: 'Recording' }).click();
        await page.getByText('Still recording.').waitFor();
        await page.getByRole('alert').getByText('Somebody is at the front door').waitFor();
      },
    ],
  ];

  describe.each([
    ['desk, light', { viewport: desk, colorScheme: 'light' }],
    ['phone, dark', { viewport: phone, colorScheme: 'dark', hasTouch: true }],
  ] as const)('%s', (_, options) => {
    it.each(states)('axe finds nothing in %s', async (_state, world, reach) => {
      const page = await home(world(), options);
      await reach(page);
      expect(await violationsOf(page)).toEqual([]);
    });

    it('axe finds nothing where one signs in', async () => {
      const page = await opened(seen.api.url, options);
      await page.fill('#token', 'wrong');
      await page.keyboard.press('Enter');
      await page.getByText('This token is not valid.').waitFor();
      expect(await violationsOf(page)).toEqual([]);
    });
  });

  it('the keyboard goes from the top to the timeline in the order one reads', async () => {
    const page = await home(seen);
    await listed(page);
    const focused = () =>
      page.evaluate(() => {
        const { activeElement } = document;
        const name = activeElement?.getAttribute('aria-label') ?? activeElement?.textContent ?? '';
        return activeElement?.classList.contains('item') ? 'a clip' : name;
      });
    const order: string[] = [];
    let tabs = 0;
    while (order.at(-1) !== 'a clip' && tabs++ < 30) {
      await page.keyboard.press('Tab');
      const next = await focused();
      // A date has several parts to stop at.
      if (next !== order.at(-1)) order.push(next);
    }
    expect(order).toEqual([
      'Skip to the timeline',
      'Keyboard',
      'Looks: as the system',
      'Account',
      'Sign out',
      'Show zones and motion',
      'Snapshot',
      'Ring the bell',
      'All',
      'Rings',
      'Motion',
      'Day',
      'Select',
      'a clip',
    ]);
    // Whoever has closed a dialog stands where they opened it.
    await page.getByRole('button', { name: 'Account' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    expect(await focused()).toBe('Account');
  });

  it('nothing moves by itself for who asks for that', async () => {
    const page = await home(fresh);
    await page.getByText('All quiet').waitFor();
    const moving = () =>
      page.evaluate(
        () =>
          document.getAnimations().filter((each) => {
            const { iterations, duration } = each.effect?.getTiming() ?? {};
            return (iterations ?? 1) > 1 || Number(duration ?? 0) > 10;
          }).length,
      );
    expect(await moving()).toBe(0);
    fresh.cloud.addEvent(fresh.account, {
      thing: frontDoor,
      kind: 'ding',
      at: epochMs(Date.now()),
    });
    await page.getByRole('alert').getByText('Somebody is at the front door').waitFor();
    expect(await moving()).toBe(0);
  });
});
