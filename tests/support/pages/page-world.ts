/** An owner with a doorbell, a few days of clips and a page to see them on. */

import { type OpenApi, openApi } from '../../../cloud-stub/api/server.ts';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import { loadPages } from '../../../cloud-stub/console/pages.ts';
import type { OwnedClip } from '../../../cloud-stub/services/owners/owner-views.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { type EpochMs, epochMs, milliseconds } from '../../../device/wire/time.ts';
import { apiOptions } from '../cloud/api-under-test.ts';
import { FakeOwnerCloud } from '../cloud/fake-owner-cloud.ts';
import { hasFfmpeg } from '../footage/test-footage.ts';
import { waitFor } from '../wait-for.ts';
import { chromiumBin } from './chromium.ts';
import { porchClip, porchJpeg } from './porch-pictures.ts';

/** Whether there is what shows the page, and what makes its clips. */
export const canShowPages: boolean = chromiumBin !== null && hasFfmpeg;

export const clipSeconds = 8;
export const frontDoor = 'front-door' as ThingName;

export type PageWorld = {
  readonly cloud: FakeOwnerCloud;
  readonly account: AccountId;
  readonly api: OpenApi;
  readonly pressed: ThingName[];
  /** Where a token in the fragment signs in by itself. */
  readonly signedInUrl: string;
  readonly footage: Buffer;
};

export const settings = {
  motion: {
    zones: [
      {
        name: 'path',
        kind: 'include',
        polygon: [
          { x: 0.3, y: 0.98 },
          { x: 0.44, y: 0.6 },
          { x: 0.58, y: 0.6 },
          { x: 0.78, y: 0.98 },
        ],
      },
      {
        name: 'tree',
        kind: 'exclude',
        polygon: [
          { x: 0.09, y: 0.25 },
          { x: 0.29, y: 0.25 },
          { x: 0.29, y: 0.7 },
          { x: 0.09, y: 0.7 },
        ],
      },
    ],
    masks: [],
  },
};

/** `isEmpty`: a doorbell that has seen nothing yet. */
export async function openPageWorld({ isEmpty = false, port = 0 } = {}): Promise<PageWorld> {
  const cloud = new FakeOwnerCloud();
  const account = cloud.addAccount('token-of-the-owner');
  const pressed: ThingName[] = [];
  const footage = await porchClip(clipSeconds);
  const now = Date.now();
  cloud.addDevice(account, frontDoor, {
    settings,
    lastSeenAt: epochMs(now),
    ownedFromAt: epochMs(now - 40 * 86_400_000),
  });
  if (!isEmpty) await addHistory(cloud, account, footage, epochMs(now));
  const api = await openApi(
    cloud,
    apiOptions({
      pages: await loadPages(),
      port,
      press: async (thing) => void pressed.push(thing),
    }),
  );
  const signedInUrl = `${api.url}/#token=token-of-the-owner`;
  return { cloud, account, api, pressed, signedInUrl, footage };
}

/** What `open` does brings up the owner's page, and by the end that page is told what happens. */
export async function followed<Opened>(
  { cloud }: PageWorld,
  open: () => Promise<Opened>,
): Promise<Opened> {
  // Not by who follows now: a page that was closed may be among them for a moment.
  const before = cloud.followed;
  const opened = await open();
  await waitFor('the page to follow', () => cloud.followed > before);
  return opened;
}

const minute = 60_000;

async function addHistory(
  cloud: FakeOwnerCloud,
  account: AccountId,
  footage: Buffer,
  now: EpochMs,
): Promise<void> {
  const add = async (minutesAgo: number, x: number, rest: Partial<OwnedClip>): Promise<void> => {
    const recordedAt = epochMs(now - minutesAgo * minute);
    const still = await porchJpeg(x, minutesAgo > 1000 && minutesAgo < 1400);
    const durationMs = milliseconds(clipSeconds * 1000);
    cloud.addClip(account, { thing: frontDoor, recordedAt, durationMs, ...rest }, footage, still);
  };
  const trigger = (kind: 'ding' | 'motion', minutesAgo: number, offsetMs: number) => ({
    kind,
    at: epochMs(now - minutesAgo * minute + offsetMs),
    offsetMs: milliseconds(offsetMs),
  });
  await add(4, 0.55, {
    trigger: 'ding',
    triggers: [trigger('motion', 4, 1500), trigger('ding', 4, 4200)],
    preRoll: {
      requestedMs: milliseconds(1500),
      deliveredMs: milliseconds(1500),
      firstIdrOffsetMs: milliseconds(0),
      gapMs: milliseconds(0),
    },
  });
  await add(31, 0.7, { trigger: 'motion' });
  await add(95, 0.48, {
    trigger: 'motion',
    truncated: true,
    unfinished: true,
    reason: 'the doorbell fell silent',
  });
  await add(1210, 0.62, { trigger: 'ding', triggers: [trigger('ding', 1210, 1000)] });
  await add(1385, 0.8, { trigger: 'motion' });
  await add(2900, 0.5, { trigger: 'snapshot', triggers: [] });
  for (let n = 0; n < 40; n++) await add(4400 + n * 53, 0.4 + (n % 5) / 10, { trigger: 'motion' });
  cloud.addEvent(account, { thing: frontDoor, kind: 'boot', at: epochMs(now - 1500 * minute) });
  cloud.addEvent(account, {
    thing: frontDoor,
    kind: 'health',
    at: epochMs(now - 2 * minute),
    data: { uptimeMs: 1500 * minute, picture: 'running', clipsSpooled: 0, spoolBytes: 0 },
  });
}
