/** The system's Chromium, where there is one, for tests of pages. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const candidates = [
  process.env['CHROMIUM_BIN'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Null where none is installed: tests then skip by name. */
export const chromiumBin: string | null =
  candidates.find((bin) => bin !== undefined && existsSync(bin)) ?? null;

/** As long as everything here waits (wait-for.ts): Playwright's own half a minute is no limit of a page's. */
const patienceMs = 120_000;

export function launchChromium(): Promise<Browser> {
  if (chromiumBin === null) throw new Error('no Chromium here; set CHROMIUM_BIN');
  return chromium.launch({
    executablePath: chromiumBin,
    timeout: patienceMs,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export function patient<Waiting extends Page | BrowserContext>(waiting: Waiting): Waiting {
  waiting.setDefaultTimeout(patienceMs);
  return waiting;
}

/** What a page says went wrong, collected from its opening on. */
export function faultsOf(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  return faults;
}

export const artifacts = fileURLToPath(new URL('../../.artifacts/', import.meta.url));
