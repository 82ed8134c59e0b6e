/** The thread of `custody-street.ts`: signs a few slots in advance of the cloud, and waits until one was taken. */
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import type { ThingName } from '../../device/wire/ids.ts';
import { later, milliseconds } from '../../device/wire/time.ts';
import { makeClipSender } from './custody-doorbells.ts';
import type { StreetNews, StreetPlan } from './custody-street.ts';

const { doorbells, start, slotMs, slots } = workerData as StreetPlan;
if (parentPort === null) throw new Error('runs as a thread of custody-street.ts');
const port = parentPort;
let credit = 4;
let wake = (): void => {};
port.on('message', () => {
  credit += 1;
  wake();
});
const tell = (news: StreetNews): void => port.postMessage(news);

const senders = [];
for (let n = 0; n < doorbells; n++) {
  senders.push(await makeClipSender(`doorbell-${n}` as ThingName, start));
}
tell({
  kind: 'here',
  doorbells: senders.map(({ thing, certificate }) => ({ thing, certificate })),
});
const bytes = createHash('sha256').update('tiny').digest();
for (let slot = 0; slot < slots; slot++) {
  if (credit === 0) await new Promise<void>((resolve) => (wake = resolve));
  credit -= 1;
  const now = later(start, milliseconds(slotMs * (slot + 1)));
  tell({ kind: 'slot', messages: senders.flatMap((sender) => sender.sendClip(now, bytes)) });
}
port.close();
