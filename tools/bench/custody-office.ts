/** What owner and desk wait for while a million clips lie there: the first page, and a hold on ten thousand. */
import { openMemoryIdentityKeys } from '../../cloud-stub/backends/identity-keys.ts';
import { openSqlLedger } from '../../cloud-stub/backends/ledger.ts';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Catalogue } from '../../cloud-stub/ports.ts';
import { makeClipCustody } from '../../cloud-stub/services/clip-custody.ts';
import { makeHolds } from '../../cloud-stub/services/holds/holds.ts';
import { listClips } from '../../cloud-stub/services/owners/footage-list.ts';
import type { ThingName, Ulid } from '../../device/wire/ids.ts';
import { type EpochMs, hours, later } from '../../device/wire/time.ts';
import { entropy } from './bench-entropy.ts';
import { accountNumbered, accountsMax, thingNumbered } from './custody-catalogue.ts';

/** How long each of `count` first pages took, of one account after the other, ms. */
export async function firstPages(catalogue: Catalogue, count: number): Promise<readonly number[]> {
  const custody = makeClipCustody(ring2019);
  const took: number[] = [];
  for (let n = 0; n < count; n++) {
    const account = accountNumbered(n % accountsMax) as Ulid;
    const startedAt = performance.now();
    const page = await listClips(catalogue.read, custody, systemClock.now(), account, {
      limit: 50,
    });
    took.push(performance.now() - startedAt);
    if (page.items.length !== 50) throw new Error(`a page of ${page.items.length} clips`);
  }
  return took;
}

/**
 * Places a hold on all that an account has and one device more, within the window; how many clips it holds and how
 * long that took, ms.
 */
export async function holdPlaced(
  catalogue: Catalogue,
  now: EpochMs,
): Promise<{ readonly clips: number; readonly tookMs: number }> {
  const ledger = openSqlLedger(openMemoryIdentityKeys(entropy));
  const holds = makeHolds({ catalogue, ledger, clock: systemClock }, ring2019);
  const startedAt = performance.now();
  const outcome = await holds.place({
    hold: `01H${'0'.repeat(23)}` as Ulid,
    kind: 'search-warrant',
    basis: `01D${'0'.repeat(23)}` as Ulid,
    scope: {
      subjects: [
        { by: 'account', account: accountNumbered(0) as Ulid },
        { by: 'device', thing: thingNumbered(1) as ThingName },
      ],
      from: later(now, hours(-59.5 * 24)),
      to: null,
    },
    by: 'reviewer',
  });
  const tookMs = performance.now() - startedAt;
  if (!outcome.ok) throw new Error(`the hold was refused: ${outcome.because}`);
  return { clips: outcome.held, tookMs };
}
