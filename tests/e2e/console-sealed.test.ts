/** End-to-end encrypted clips on the owner's page: locked, opened by their key, and what is told when they are not. */

import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ClipSealer, ownerKeyId, sealClip } from '../../device/wire/footage-sealing.ts';
import { epochMs } from '../../device/wire/time.ts';
import { makeSigningDoorbell, type SigningDoorbell } from '../support/cloud/signed-clips.ts';
import { makeFootageOwner } from '../support/device/sealed-clips.ts';
import { artifacts, faultsOf, launchChromium, patient } from '../support/pages/chromium.ts';
import {
  canShowPages,
  frontDoor,
  openPageWorld,
  type PageWorld,
} from '../support/pages/page-world.ts';
import { porchJpeg } from '../support/pages/porch-pictures.ts';
import { waitFor } from '../support/wait-for.ts';

const owner = makeFootageOwner();
const stranger = makeFootageOwner();
const doorbell = makeSigningDoorbell();
const lockedAll = Array.from({ length: 4 }, () => 'locked');
const ownerId = ownerKeyId(owner.publicKey);

let browser: Browser;
let world: PageWorld;

describe.skipIf(!canShowPages)('end-to-end encrypted clips on the owner’s page', () => {
  beforeAll(async () => {
    await mkdir(artifacts, { recursive: true });
    browser = await launchChromium();
    world = await openPageWorld({ isEmpty: true });
    for (const [minutesAgo, vary, signer] of [
      [1, whole, doorbell],
      [2, damaged, doorbell],
      [3, cutOff, doorbell],
      [4, whole, makeSigningDoorbell()],
    ] as const) {
      await addSealed(minutesAgo, vary, signer);
    }
  });
  afterAll(async () => {
    await browser?.close();
    await world?.api.close();
  });

  type Vary = (sealed: Buffer[]) => Buffer[];
  const whole: Vary = (sealed) => sealed;
  const damaged: Vary = ([head, ...rest]) => [head as Buffer, ...rest.toReversed()];
  const cutOff: Vary = (sealed) => sealed.slice(0, -1);

  async function addSealed(minutesAgo: number, vary: Vary, signer: SigningDoorbell) {
    const recordedAt = epochMs(Date.now() - minutesAgo * 60_000);
    const clip = world.cloud.id(recordedAt);
    const sealer = sealClip({ thing: frontDoor, clip }, [owner.publicKey], randomBytes);
    const picture = await porchJpeg(0.5);
    const made = { thing: frontDoor, clip, recordedAt, e2ee: sealer.e2ee };
    const chunks = chunksOf(sealer, world.footage);
    const sealed = Buffer.concat(vary(chunks));
    const still = (id: Parameters<ClipSealer['still']>[0]) => sealer.still(id, picture);
    world.cloud.addClip(world.account, made, sealed, still);
    const signatures = signer.signatures(clip, chunks, { e2ee: sealer.e2ee });
    world.cloud.sign(made, { ...signatures, publicKey: doorbell.publicKey });
  }

  function chunksOf(sealer: ClipSealer, footage: Buffer): Buffer[] {
    const size = Math.ceil(footage.length / 5);
    const parts = Array.from({ length: 5 }, (_, n) =>
      Buffer.from(sealer.parts.of(n, footage.subarray(n * size, (n + 1) * size))),
    );
    return [...parts, Buffer.from(sealer.end.of(parts.length, new Uint8Array()))];
  }

  async function home(): Promise<{ page: Page; faults: string[] }> {
    const context = patient(await browser.newContext({ viewport: { width: 1360, height: 860 } }));
    onTestFinished(() => context.close());
    const page = await context.newPage();
    const faults = faultsOf(page);
    await page.goto(world.signedInUrl);
    await page.locator('.item').first().waitFor();
    return { page, faults };
  }
  const picture = (page: Page, name: string) =>
    page.screenshot({ path: `${artifacts}${name}.png` });
  const openItem = (page: Page, nth: number) => page.locator('.item').nth(nth).click();
  const cover = (page: Page) => page.locator('.player .cover-words');
  const thumbs = (page: Page) =>
    page.evaluate(() =>
      [...document.querySelectorAll('.item .thumb')].map((thumb) =>
        thumb.querySelector('.icon-lock') !== null
          ? 'locked'
          : (thumb.querySelector('img')?.naturalWidth ?? 0) > 0
            ? 'shown'
            : 'empty',
      ),
    );
  const seconds = (page: Page) =>
    page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
  const playsOn = (page: Page) => waitFor('it to play', async () => (await seconds(page)) > 0.3);

  async function giveKey(page: Page, pem: string): Promise<void> {
    await page.getByRole('button', { name: 'Open your key' }).click();
    await page.locator('#key-file').setInputFiles({
      name: 'owner-key.pem',
      mimeType: 'application/x-pem-file',
      buffer: Buffer.from(pem),
    });
  }

  it('stay locked without the key, and say which one opens them', async () => {
    const { page, faults } = await home();
    await expect.poll(() => thumbs(page)).toEqual(lockedAll);
    await openItem(page, 0);
    await expect.poll(() => cover(page).textContent()).toContain('End-to-end encrypted');
    expect(await cover(page).textContent()).toContain(ownerId);
    await picture(page, 'sealed-no-key');
    expect(faults).toEqual([]);
  });

  it('open with the key from its file: pictures show, the clip plays and seeks', async () => {
    const { page, faults } = await home();
    await openItem(page, 0);
    await giveKey(page, owner.privatePem);
    await playsOn(page);
    await waitFor('the pictures', async () => (await thumbs(page)).every((is) => is === 'shown'));
    expect(await cover(page).isVisible()).toBe(false);
    expect(await page.locator('.player-remark').isVisible()).toBe(false);
    await page.getByRole('slider').focus();
    await page.keyboard.press('ArrowRight');
    await waitFor('it to seek', async () => (await seconds(page)) > 5);
    await picture(page, 'sealed-playing');
    expect(faults).toEqual([]);
  });

  it('open with a pasted key, and lock again when it is forgotten', async () => {
    const { page } = await home();
    await openItem(page, 0);
    await page.getByRole('button', { name: 'Open your key' }).click();
    await page.locator('#key-text').fill('nonsense');
    await page.getByRole('button', { name: 'Use the pasted key' }).click();
    await page.getByText('This opens nothing').waitFor();
    await picture(page, 'sealed-key-dialog');
    await page.locator('#key-text').fill(owner.privatePem);
    await page.getByRole('button', { name: 'Use the pasted key' }).click();
    await playsOn(page);
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('button', { name: 'Your key' }).click();
    await page.getByText(`This tab holds key ${ownerId}`).waitFor();
    await page.getByRole('button', { name: 'Forget it' }).click();
    await expect.poll(() => cover(page).textContent()).toContain('End-to-end encrypted');
    await expect.poll(() => thumbs(page)).toEqual(lockedAll);
  });

  it('say when the key is another', async () => {
    const { page, faults } = await home();
    await openItem(page, 0);
    await giveKey(page, stranger.privatePem);
    await expect.poll(() => cover(page).textContent()).toContain('Sealed for another key');
    expect(await cover(page).textContent()).toContain(ownerKeyId(stranger.publicKey));
    await expect.poll(() => thumbs(page)).toEqual(lockedAll);
    await picture(page, 'sealed-other-key');
    expect(faults).toEqual([]);
  });

  it('say when they were altered, and when their end was cut off', async () => {
    const { page } = await home();
    await openItem(page, 1);
    await giveKey(page, owner.privatePem);
    await expect.poll(() => cover(page).textContent()).toContain('This clip is damaged');
    expect(await cover(page).textContent()).toContain('chunk 1 is not what the doorbell sealed');
    await picture(page, 'sealed-damaged');
    await page.getByRole('button', { name: 'Play what comes before' }).click();
    await page.getByText('Played up to its damage').waitFor();
    await openItem(page, 2);
    await playsOn(page);
    await page.getByText('The end that its doorbell sealed is missing').waitFor();
    await picture(page, 'sealed-cut-off');
  });

  it('say when their doorbell did not sign them, before they play, and on request', async () => {
    const { page, faults } = await home();
    await openItem(page, 3);
    await giveKey(page, owner.privatePem);
    await expect.poll(() => cover(page).textContent()).toContain('Not signed by its doorbell');
    await picture(page, 'sealed-unsigned');
    await page.getByRole('button', { name: 'Check it' }).click();
    await page.getByText('Not its doorbell’s: its opening is not signed').waitFor();
    await page.getByRole('button', { name: 'Play it anyway' }).click();
    await playsOn(page);
    expect(await page.locator('.player-remark').textContent()).toContain('Not signed');
    await openItem(page, 0);
    await page.getByRole('button', { name: 'Check it' }).click();
    await page.getByText('Every byte as Front door signed it').waitFor();
    await picture(page, 'sealed-signed');
    expect(faults).toEqual([]);
  });

  it('the key is sent nowhere and stored nowhere, and a reload forgets it', async () => {
    const { page } = await home();
    const sent: string[] = [];
    page.on('request', (request) => sent.push(`${request.url()} ${request.postData() ?? ''}`));
    await openItem(page, 0);
    await giveKey(page, owner.privatePem);
    await playsOn(page);
    const secret = owner.privatePem.split('\n')[1] ?? '';
    expect(sent.some((one) => one.includes(secret.slice(0, 20)))).toBe(false);
    const kept = await page.evaluate(async () =>
      JSON.stringify([
        { ...localStorage },
        { ...sessionStorage },
        document.cookie,
        await indexedDB.databases(),
        await caches.keys(),
      ]),
    );
    expect(kept).not.toContain(secret.slice(0, 20));
    expect(kept).toContain('[],[]'); // no database, no cache
    await page.reload();
    await page.locator('.item').first().waitFor();
    await expect.poll(() => thumbs(page)).toEqual(lockedAll);
  });

  it('a doorbell that encrypts shows no live view, and says why', async () => {
    const settings = { encryption: { ownerKeys: [owner.publicKey] } };
    world.cloud.addDevice(world.account, frontDoor, { settings });
    const { page } = await home();
    await page.getByText('No live view').waitFor();
    await picture(page, 'sealed-no-live-view');
  });
});
