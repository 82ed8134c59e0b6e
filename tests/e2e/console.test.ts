import { mkdir } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openApi } from '../../cloud-stub/api/server.ts';
import { loadPages } from '../../cloud-stub/console/pages.ts';
import { annotatedFrame } from '../../device/core/live-frame.ts';
import { epochMs, milliseconds } from '../../device/wire/time.ts';
import { freePort } from '../../tools/torture/free-port.ts';
import { apiOptions } from '../support/cloud/api-under-test.ts';
import { artifacts, faultsOf, launchChromium, patient } from '../support/pages/chromium.ts';
import {
  canShowPages,
  clipSeconds,
  followed,
  frontDoor,
  openPageWorld,
  type PageWorld,
} from '../support/pages/page-world.ts';
import { porchJpeg } from '../support/pages/porch-pictures.ts';
import { waitFor } from '../support/wait-for.ts';

const phone = { width: 360, height: 740 };
const desk = { width: 1360, height: 860 };

let browser: Browser;
let seen: PageWorld;
let fresh: PageWorld;

describe.skipIf(!canShowPages)('the owner’s page in Chromium', () => {
  beforeAll(async () => {
    await mkdir(artifacts, { recursive: true });
    browser = await launchChromium();
    [seen, fresh] = [await openPageWorld(), await openPageWorld({ isEmpty: true })];
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all([seen?.api.close(), fresh?.api.close()]);
  });

  async function opened(url: string, options: BrowserContextOptions = {}) {
    const context = patient(await browser.newContext({ viewport: desk, ...options }));
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const faults = faultsOf(page);
    await page.goto(url);
    return { page, faults };
  }
  const home = (world: PageWorld, options?: BrowserContextOptions) =>
    followed(world, () => opened(world.signedInUrl, options));
  const picture = (page: Page, name: string) =>
    page.screenshot({ path: `${artifacts}${name}.png` });
  const titles = (page: Page) => page.locator('.item-name').allTextContents();
  const selected = (page: Page) => page.locator('.item[aria-current="true"]');
  const widerBy = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  const video = (page: Page) =>
    page.evaluate(() => {
      const element = document.querySelector('video');
      return element === null
        ? null
        : {
            seconds: element.currentTime,
            length: element.duration,
            paused: element.paused,
            fault: element.error?.message ?? null,
          };
    });
  /** Shows pictures until the test is over. */
  function looking(world: PageWorld): void {
    let n = 0;
    const timer = setInterval(() => void show(), 100);
    const show = async (): Promise<void> => {
      const x = 0.3 + (n++ % 20) / 40;
      const box = { x: x - 0.06, y: 0.42, width: 0.12, height: 0.56 };
      const still = {
        area: 0.07,
        directionDeg: 0,
        speed: 0.1,
        zones: ['path'],
        because: 'it moves',
      };
      const regions = [{ box, score: 2, ...still }];
      const jpeg = annotatedFrame(await porchJpeg(x), { motion: true, regions }, 200_000);
      world.cloud.showFrame(frontDoor, jpeg);
    };
    onTestFinished(() => clearInterval(timer));
  }

  it('signs in by a token that is typed, and refuses one that is wrong', async () => {
    const { page } = await opened(seen.api.url);
    await page.fill('#token', 'wrong');
    await page.keyboard.press('Enter');
    await page.getByText('This token is not valid.').waitFor();
    await picture(page, 'sign-in');
    await page.fill('#token', 'token-of-the-owner');
    await page.keyboard.press('Enter');
    await page.locator('.item').first().waitFor();
    await page.reload();
    await page.locator('.item').first().waitFor();
    const cookies = await page.context().cookies(`${seen.api.url}/v1/`);
    expect(cookies.map(({ httpOnly, sameSite }) => [httpOnly, sameSite])).toEqual([
      [true, 'Strict'],
    ]);
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, document.cookie]));
    expect(kept).not.toContain('token-of-the-owner');
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.locator('#token').waitFor();
    await page.reload();
    await page.locator('#token').waitFor();
  });

  it('signs in by a link whose token leaves the address at once', async () => {
    const { page, faults } = await home(seen);
    await page.locator('.item').first().waitFor();
    expect(page.url()).toBe(`${seen.api.url}/`);
    expect(faults).toEqual([]);
  });

  it('shows the clips by day with their pictures, and more as it is scrolled', async () => {
    const { page, faults } = await home(seen);
    await page.locator('.item').first().waitFor();
    expect((await titles(page)).slice(0, 3)).toEqual(['Someone rang', 'Motion', 'Motion']);
    // Or yesterday, when this runs just after midnight.
    expect(await page.locator('.day').first().textContent()).toMatch(/^(To|Yester)day$/);
    await page.waitForFunction(() => (document.querySelector('img')?.naturalWidth ?? 0) > 0);
    const before = await page.locator('.item').count();
    await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
    await waitFor('all clips', async () => (await page.locator('.item').count()) === 46);
    expect(before).toBeLessThan(46);
    await page.getByText('That is all there is.').waitFor();
    expect(faults).toEqual([]);
  });

  it('plays a clip, and seeks in it', async () => {
    const { page, faults } = await home(seen);
    await page.locator('.item').first().click();
    await waitFor('it to play', async () => ((await video(page))?.seconds ?? 0) > 0.5);
    const playing = await video(page);
    expect(playing?.fault).toBeNull();
    expect(playing?.length).toBeCloseTo(clipSeconds, 0);
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    await waitFor('it to seek', async () => ((await video(page))?.seconds ?? 0) > 5);
    await page.keyboard.press('Home');
    await waitFor('it to go back', async () => ((await video(page))?.seconds ?? 9) < 4);
    expect(await page.locator('.scrub-mark').count()).toBe(2);
    expect(await page.locator('.scrub-mark-ding').getAttribute('title')).toBe('Rang at 0:04');
    expect(await page.locator('.scrub-pre-roll').count()).toBe(1);
    await picture(page, 'clip-desk-light');
    expect(faults).toEqual([]);
  });

  it('says that a clip ends early, and why', async () => {
    const { page } = await home(seen);
    await page.locator('.item', { hasText: 'Ends early' }).first().click();
    await page.getByText('Reason: the doorbell fell silent.').waitFor();
    expect(await page.locator('.scrub-cut').count()).toBe(1);
  });

  it('plays a clip that is still arriving, and the whole of it once it is stored', async () => {
    const world = await openPageWorld({ isEmpty: true });
    onTestFinished(() => world.api.close());
    const { page, faults } = await home(world);
    await page.getByText('All quiet').waitFor();
    const half = world.footage.indexOf('moof', Math.floor(world.footage.length / 2)) - 4;
    const clip = world.cloud.addClip(
      world.account,
      {
        thing: frontDoor,
        recordedAt: epochMs(Date.now()),
        trigger: 'ding',
        state: 'arriving',
        durationMs: null,
      },
      world.footage.subarray(0, half),
    );
    await page.locator('.item', { hasText: 'Recording' }).click();
    await waitFor('it to play', async () => ((await video(page))?.seconds ?? 0) > 0.5);
    await page.getByText('Still recording.').waitFor();
    world.cloud.grow(clip, world.footage.subarray(half), {
      state: 'stored',
      durationMs: milliseconds(clipSeconds * 1000),
    });
    await page.getByRole('link', { name: 'Download' }).first().waitFor();
    await waitFor(
      'the whole',
      async () => Math.round((await video(page))?.length ?? 0) === clipSeconds,
    );
    await waitFor('its end', async () => ((await video(page))?.seconds ?? 0) > clipSeconds - 1);
    expect((await video(page))?.fault).toBeNull();
    expect(faults).toEqual([]);
  });

  it('filters by kind and by day, and says when nothing matches', async () => {
    const { page } = await home(seen);
    await page.locator('.item').first().waitFor();
    await page.getByRole('button', { name: 'Rings' }).click();
    await waitFor(
      'rings only',
      async () => (await titles(page)).join() === 'Someone rang,Someone rang',
    );
    await page.getByRole('button', { name: 'All' }).click();
    const found = await seen.cloud.footage.list(seen.account, { trigger: 'snapshot', limit: 1 });
    const old = new Date(found?.items[0]?.recordedAt ?? 0);
    const two = (n: number): string => String(n).padStart(2, '0');
    const day = `${old.getFullYear()}-${two(old.getMonth() + 1)}-${two(old.getDate())}`;
    await page.getByLabel('Day', { exact: true }).fill(day);
    await waitFor('that day only', async () => (await titles(page)).join() === 'Snapshot');
    await page.getByRole('button', { name: 'Motion', exact: true }).click();
    await page.getByText('Nothing matches').waitFor();
    await picture(page, 'nothing-matches');
    await page.getByRole('button', { name: 'Show everything' }).click();
    await waitFor('all', async () => (await titles(page)).length > 10);
  });

  it('goes on playing a clip that the filter keeps out of the list', async () => {
    const { page } = await home(seen);
    await page.locator('.item', { hasText: 'Someone rang' }).first().click();
    await waitFor('it to play', async () => ((await video(page))?.seconds ?? 0) > 0.5);
    await page.evaluate(() => {
      const playing = document.querySelector('video');
      if (playing !== null) playing.dataset['same'] = 'yes';
    });
    await page.getByRole('button', { name: 'Motion', exact: true }).click();
    await waitFor('motion only', async () => !(await titles(page)).includes('Someone rang'));
    expect(await page.locator('video').getAttribute('data-same')).toBe('yes');
    await page.getByRole('heading', { level: 1, name: 'Someone rang' }).waitFor();
  });

  it('[DEL-1] says that the clip being watched was deleted elsewhere', async () => {
    const world = await openPageWorld({ isEmpty: true });
    onTestFinished(() => world.api.close());
    const { cloud, account, footage } = world;
    const recordedAt = epochMs(Date.now());
    const clip = cloud.addClip(account, { thing: frontDoor, recordedAt }, footage);
    const { page } = await home(world);
    await page.locator('.item').click();
    await cloud.footage.remove(account, clip);
    await page.getByRole('alert').getByText('The clip you had open is gone').waitFor();
    await page.locator('.live').waitFor();
  });

  it('keeps the open clip in the address: through a reload, and Back leads to the live view', async () => {
    const { page, faults } = await home(seen);
    await page.locator('.item', { hasText: 'Someone rang' }).first().click();
    await waitFor('its address', () => page.url().includes('#clip=front-door/'));
    await page.locator('.item').nth(1).click();
    await page.getByRole('heading', { level: 1, name: 'Motion' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { level: 1, name: 'Motion' }).waitFor();
    await waitFor('it to play or wait', async () => (await video(page)) !== null);
    await page.goBack();
    await page.locator('.live').waitFor();
    expect(page.url()).toBe(`${seen.api.url}/`);
    await page.goForward();
    await page.getByRole('heading', { level: 1, name: 'Motion' }).waitFor();
    await page.keyboard.press('l');
    await page.locator('.live').waitFor();
    await waitFor('a bare address', () => page.url() === `${seen.api.url}/`);
    expect(faults).toEqual([]);
  });

  it('says that a clip in the address is not there any more', async () => {
    const { page } = await home(seen);
    await page.locator('.item').first().waitFor();
    await page.goto(`${seen.api.url}/#clip=front-door/01ARZ3NDEKTSV4RRFFQ69G5FAV`);
    await page.getByRole('alert').getByText('It was deleted, or its time is over.').waitFor();
    await page.locator('.live').waitFor();
  });

  it('says what has arrived of a clip, as it arrives, also to who does not see it', async () => {
    const world = await openPageWorld({ isEmpty: true });
    onTestFinished(() => world.api.close());
    const { cloud, account, footage } = world;
    const { page } = await home(world);
    const recordedAt = epochMs(Date.now());
    const rest = { state: 'arriving', durationMs: null, expiresAt: null } as const;
    const made = { thing: frontDoor, recordedAt, ...rest };
    const clip = cloud.addClip(account, made, footage.subarray(0, 0));
    await page.getByRole('status').getByText('Motion at front door, recording').waitFor();
    const badge = page.locator('.badge-live');
    await waitFor('no size yet', async () => (await badge.textContent()) === 'Recording');
    await badge.click();
    await page.getByText('Nothing yet').waitFor();
    cloud.grow(clip, footage.subarray(0, 51_200));
    await waitFor('some', async () => (await badge.textContent()) === 'Recording · 50 KiB');
    await page.locator('.facts').getByText('50 KiB').waitFor();
  });

  it('is walked through by keys', async () => {
    const { page } = await home(seen);
    await page.locator('.item').first().waitFor();
    await page.keyboard.press('j');
    expect(await selected(page).textContent()).toContain('Someone rang');
    await page.keyboard.press('j');
    expect(await selected(page).textContent()).toContain('Motion');
    await page.keyboard.press('k');
    expect(await selected(page).textContent()).toContain('Someone rang');
    await waitFor('it to play', async () => (await video(page))?.paused === false);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('Space');
    await waitFor('it to pause', async () => (await video(page))?.paused === true);
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Keyboard' }).waitFor();
    await picture(page, 'keys');
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: 'Keyboard' }).waitFor({ state: 'detached' });
    expect(await selected(page).count()).toBe(1);
    await page.keyboard.press('Escape');
    await page.locator('.live').waitFor();
    expect(await selected(page).count()).toBe(0);
    await page.keyboard.press('t');
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
    await page.keyboard.press('t');
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  });

  it('shows what the doorbell sees now, with zones and motion drawn on top', async () => {
    const { page, faults } = await home(seen);
    looking(seen);
    await page.waitForFunction(
      () => Number(document.querySelector('canvas')?.dataset['frames']) > 5,
    );
    await page.getByText('Live', { exact: true }).first().waitFor();
    const drawn = () =>
      page.evaluate(() => {
        const overlay = document.querySelector<HTMLCanvasElement>('canvas.overlay');
        const pen = overlay?.getContext('2d');
        if (overlay === null || overlay === undefined || !pen || overlay.hidden) return [];
        const { data } = pen.getImageData(0, 0, overlay.width, overlay.height);
        const colours = new Set<string>();
        for (let at = 0; at < data.length; at += 4) {
          if ((data[at + 3] ?? 0) > 200) colours.add(`${data[at]},${data[at + 1]},${data[at + 2]}`);
        }
        return [...colours];
      });
    await waitFor('a moving region', async () => (await drawn()).includes('255,180,58'));
    await picture(page, 'live-desk-light');
    await page.keyboard.press('z');
    expect(await drawn()).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('presses the button and asks for a snapshot', async () => {
    const { page } = await home(seen);
    await page.getByRole('button', { name: 'Ring the bell' }).click();
    await waitFor('the press', () => seen.pressed.length === 1);
    expect(seen.pressed).toEqual([frontDoor]);
    await page.getByRole('button', { name: 'Snapshot', exact: true }).click();
    await page.getByText('Snapshot asked for').waitFor();
    expect(seen.cloud.snapshots).toEqual([frontDoor]);
    seen.cloud.outcome = { ok: false, because: 'unanswered' };
    onTestFinished(() => {
      seen.cloud.outcome = { ok: true };
    });
    await page.getByRole('button', { name: 'Snapshot', exact: true }).click();
    await page.getByText('the doorbell did not answer').waitFor();
  });

  it('tells a ring at once', async () => {
    const { page } = await home(seen);
    await page.locator('.item').first().waitFor();
    const event = { thing: frontDoor, kind: 'ding', at: epochMs(Date.now()) } as const;
    seen.cloud.addEvent(seen.account, event);
    await page.getByRole('alert').getByText('Somebody is at the front door').waitFor();
    await picture(page, 'ring');
  });

  it('says since when the doorbell runs: since its newest start, told at once', async () => {
    const { page, faults } = await home(seen);
    const since = page.locator('.facts div', { hasText: 'Running since' }).locator('dd');
    const yesterday = await since.textContent();
    const at = epochMs(Date.now());
    seen.cloud.addEvent(seen.account, { thing: frontDoor, kind: 'boot', at });
    await waitFor('the new start', async () => (await since.textContent()) !== yesterday);
    expect(await since.textContent()).toMatch(/\d:\d\d/);
    expect(await page.locator('.facts', { hasText: 'Waiting to upload' }).count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it('[DEL-1] asks before it deletes, and then shows the clip nowhere, in any window', async () => {
    const recordedAt = epochMs(Date.now());
    seen.cloud.addClip(
      seen.account,
      { thing: frontDoor, recordedAt, trigger: 'command' },
      seen.footage,
    );
    const [here, there] = [await home(seen), await home(seen)];
    const row = (page: Page) => page.locator('.item', { hasText: 'Recorded on request' });
    await row(there.page).click();
    await row(here.page).click();
    await here.page.keyboard.press('Delete');
    await here.page.getByText('Delete this clip?').waitFor();
    await picture(here.page, 'delete');
    await here.page.getByRole('button', { name: 'Keep' }).click();
    expect(await row(here.page).count()).toBe(1);
    await here.page.getByRole('button', { name: 'Delete' }).first().click();
    await here.page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    for (const { page } of [here, there]) {
      await row(page).waitFor({ state: 'detached' });
      await page.locator('.live').waitFor();
    }
  });

  it('says that all is quiet, that there is no doorbell, that it is offline', async () => {
    const { page, faults } = await home(fresh);
    await page.getByText('All quiet').waitFor();
    const none = fresh.cloud.addAccount('token-of-nobody');
    expect(none).toBeDefined();
    const nobody = await opened(`${fresh.api.url}/#token=token-of-nobody`);
    await nobody.page.getByText('npx doorbell claim').waitFor();
    await picture(nobody.page, 'no-doorbell');
    fresh.cloud.addDevice(fresh.account, frontDoor, { connected: false });
    await page.getByText('Front door is offline').waitFor();
    expect(await page.getByRole('button', { name: 'Snapshot' }).isDisabled()).toBe(true);
    await picture(page, 'offline-doorbell');
    expect(faults).toEqual([]);
  });

  it('says what could not be loaded and tries again, and that the cloud is away', async () => {
    const world = await openPageWorld();
    const { page } = await home(world);
    await page.locator('.item').first().waitFor();
    await page.route('**/v1/clips?**', (route) =>
      route.fulfill({ status: 500, body: '{"detail":"the cloud failed"}' }),
    );
    await page.getByRole('button', { name: 'Rings' }).click();
    await page.getByText('The timeline could not be loaded').waitFor();
    await picture(page, 'failed');
    await page.unroute('**/v1/clips?**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await waitFor('the rings', async () => (await titles(page)).length === 2);
    await world.api.close();
    await page.getByRole('status').getByText('The cloud does not answer.').waitFor();
    await page.locator('.live').getByText('No picture now').waitFor();
    await picture(page, 'cloud-away');
  });

  it('asks to sign in again when the token is taken back', async () => {
    const world = await openPageWorld();
    onTestFinished(() => world.api.close());
    const { page } = await home(world);
    await page.locator('.item').first().waitFor();
    world.cloud.tokens.clear();
    await page.getByRole('button', { name: 'Rings' }).click();
    await page.getByText('Your session has ended.').waitFor();
  });

  it('asks to sign in again when a cloud that was away does not know the session', async () => {
    const port = await freePort();
    const world = await openPageWorld({ port });
    const { page } = await home(world);
    await page.locator('.item').first().waitFor();
    await world.api.close();
    const again = await openApi(world.cloud, apiOptions({ pages: await loadPages(), port }));
    onTestFinished(() => again.close());
    await page.getByText('Your session has ended.').waitFor();
  });

  it.each([
    ['phone-dark', phone, 'dark'],
    ['phone-light', phone, 'light'],
    ['narrow', { width: 320, height: 600 }, 'light'],
    ['tablet', { width: 820, height: 1100 }, 'light'],
    ['desk-dark', desk, 'dark'],
  ] as const)('fits a %s, live and playing', async (name, viewport, colorScheme) => {
    const { page, faults } = await home(seen, { viewport, colorScheme });
    looking(seen);
    await page.locator('.item').first().waitFor();
    await page.waitForFunction(
      () => Number(document.querySelector('canvas')?.dataset['frames']) > 2,
    );
    expect(await widerBy(page)).toBe(0);
    await picture(page, `${name}-live`);
    await page.locator('.item').first().click();
    await waitFor('it to play', async () => ((await video(page))?.seconds ?? 0) > 0.3);
    expect(await widerBy(page)).toBe(0);
    await picture(page, `${name}-clip`);
    const canvas = await page.evaluate(
      () => getComputedStyle(document.documentElement).backgroundColor,
    );
    expect(canvas).toBe(colorScheme === 'dark' ? 'rgb(14, 16, 19)' : 'rgb(245, 244, 241)');
    expect(faults).toEqual([]);
  });

  it('clears the picture of its controls, which a touch brings back without pausing', async () => {
    const { page } = await home(seen, { viewport: phone, hasTouch: true, isMobile: true });
    await page.locator('.item').first().tap();
    await waitFor('it to play', async () => (await video(page))?.paused === false);
    const shown = () =>
      page.evaluate(() => {
        const bar = document.querySelector('.player-bar');
        return bar === null ? null : getComputedStyle(bar).opacity;
      });
    await waitFor('a clear picture', async () => (await shown()) === '0');
    await page.locator('video').tap();
    await waitFor('the controls', async () => (await shown()) === '1');
    expect(await video(page)).toMatchObject({ fault: null });
  });

  it('shows the API’s description within its own policy', async () => {
    const { page, faults } = await opened(`${seen.api.url}/docs/`);
    await page.getByText('Your clips, newest first').waitFor();
    expect(faults).toEqual([]);
  });
});
