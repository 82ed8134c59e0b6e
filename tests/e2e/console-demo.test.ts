import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasFfmpeg } from '../support/footage/test-footage.ts';
import {
  artifacts,
  chromiumBin,
  faultsOf,
  launchChromium,
  patient,
} from '../support/pages/chromium.ts';
import { waitFor } from '../support/wait-for.ts';

const root = path.join(import.meta.dirname, '../..');
const demo = path.join(root, 'fixtures/scenes/demo/footage.mp4');

/** Real time: visitors need a while to come to the door, and a loaded machine longer. */
const limitMs = 150_000;

let browser: Browser;
let folder: string;
let doorbell: ChildProcess;
let page: Page;
let faults: string[];

const video = () =>
  page.evaluate(() => {
    const element = document.querySelector('video');
    return element === null
      ? { seconds: 0, length: 0, fault: null }
      : {
          seconds: element.currentTime,
          length: element.duration,
          fault: element.error?.message ?? null,
        };
  });

const isBare = chromiumBin === null || !hasFfmpeg || !existsSync(demo);
describe.skipIf(isBare)('the page of `doorbell up`', () => {
  beforeAll(async () => {
    await mkdir(artifacts, { recursive: true });
    folder = await mkdtemp(path.join(tmpdir(), 'doorbell-page-'));
    const ports = ['--port', '0', '--broker-port', '0'];
    const args = ['tools/doorbell.ts', 'up', ...ports, '--data', folder, '--json'];
    doorbell = spawn(process.execPath, args, { cwd: root, stdio: 'ignore' });
    const contact = path.join(folder, 'contact.json');
    await waitFor('the cloud', () => existsSync(contact), limitMs);
    const { url, token } = JSON.parse(await readFile(contact, 'utf8'));
    browser = await launchChromium();
    page = patient(await browser.newPage({ viewport: { width: 1360, height: 860 } }));
    faults = faultsOf(page);
    await page.goto(`${url}/#token=${token}`);
  }, limitMs * 2);

  afterAll(async () => {
    await browser?.close();
    if (doorbell !== undefined && doorbell.exitCode === null) {
      doorbell.kill('SIGTERM');
      await once(doorbell, 'exit');
    }
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('shows what the doorbell sees', { timeout: limitMs * 2 }, async () => {
    await page.waitForFunction(
      () => Number(document.querySelector('canvas')?.dataset['frames']) > 3,
      null,
      { timeout: limitMs },
    );
    await page.screenshot({ path: `${artifacts}demo-live.png` });
  });

  it('rings when its button is pressed', { timeout: limitMs * 2 }, async () => {
    const button = page.getByRole('button', { name: 'Ring the bell' });
    await button.waitFor({ timeout: limitMs });
    await button.click();
    const toast = page.getByRole('alert').getByText('Somebody is at the front door').first();
    await toast.waitFor({ timeout: limitMs });
  });

  it('plays the ring, from the pre-roll to its end', { timeout: limitMs * 3 }, async () => {
    const ring = page.locator('.item', { hasText: 'Someone rang' });
    const stored = ring.filter({ has: page.locator('.thumb-length') }).last();
    await stored.waitFor({ timeout: limitMs });
    await stored.click();
    await waitFor('it to play', async () => (await video()).seconds > 1, limitMs);
    const { fault, length } = await video();
    expect(fault).toBeNull();
    expect(length).toBeGreaterThan(3);
    expect(await page.locator('.scrub-mark-ding').count()).toBeGreaterThan(0);
    await page.screenshot({ path: `${artifacts}demo-ring.png` });
    await page.getByRole('slider').focus();
    await page.keyboard.press('End');
    const isAtEnd = async () => (await video()).seconds > length - 1;
    await waitFor('it to reach its end', isAtEnd, limitMs);
    expect((await video()).fault).toBeNull();
  });

  it('[DEL-1] shows a deleted clip no more', { timeout: limitMs * 2 }, async () => {
    const selected = page.locator('.item[aria-current="true"]');
    const clip = await page.locator('li', { has: selected }).getAttribute('data-clip');
    await page.keyboard.press('Delete');
    await page.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await page.locator(`li[data-clip="${clip}"]`).waitFor({ state: 'detached' });
    const status = await page.evaluate(async (id) => {
      const answer = await fetch(`/v1/clips/front-door/${id}`);
      return answer.status;
    }, clip);
    expect(status).toBe(404);
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
  });
});
