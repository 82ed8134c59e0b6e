/**
 * One step of an export in a process of its own, so that what it takes and what memory it comes to
 * are its own: `seal FOLDER` leases and seals all clips of an export store, `verify BAG` looks at a
 * bag. Prints one line of JSON.
 */
import type { Ulid } from '../../device/wire/ids.ts';
import { verifyBag } from '../verify/verify-bag.ts';
import { exportId, orderOf } from './export-order.ts';
import { clipsIn, openExportStore } from './export-store.ts';
import { peakResidentBytes } from './process-cost.ts';

const [step, place = ''] = process.argv.slice(2);
const startedAt = performance.now();
if (step === 'seal') await seal(place);
else if (step === 'verify') await verify(place);
else throw new Error(`seal or verify, not ${step}`);

async function seal(folder: string): Promise<void> {
  const store = await openExportStore(folder);
  const order = orderOf(await clipsIn(store));
  const beganAt = performance.now();
  const leased = await store.exports.lease(order);
  if (!leased.leased) throw new Error(`the lease was refused: ${leased.detail}`);
  const sealed = await store.exports.seal(exportId as Ulid);
  if (!sealed.sealed) throw new Error(`not sealed: ${sealed.because}`);
  tell(beganAt);
  await store.close();
}

async function verify(bag: string): Promise<void> {
  const { valid, faults } = await verifyBag(bag);
  if (!valid) throw new Error(`the bag is not valid: ${JSON.stringify(faults.slice(0, 3))}`);
  tell(startedAt);
}

function tell(sinceMs: number): void {
  const tookMs = performance.now() - sinceMs;
  process.stdout.write(`${JSON.stringify({ tookMs, peakBytes: peakResidentBytes() })}\n`);
}
