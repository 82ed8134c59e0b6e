/** Which time commands live by that write beside a cloud: that of the cloud, where its clock is virtual. */
import { z } from 'zod';
import { systemClock } from '../../cloud-stub/backends/system-clock.ts';
import type { Clock } from '../../cloud-stub/ports.ts';
import { epochMs } from '../../device/wire/time.ts';
import { CloudClient, readContact } from './client.ts';
import { CommandFailure } from './failure.ts';
import { placesOf } from './places.ts';

/** An entry at this machine's time would lie years off in the ledger of a cloud that lives in another. */
export async function clockBeside(data: string | undefined): Promise<Clock> {
  const known = readContact(placesOf(data).operator);
  if (known === null) return systemClock;
  let at: number;
  try {
    const client = new CloudClient({}, known);
    const { now } = await client.json(z.object({ now: z.iso.datetime() }), 'GET', '/clock');
    at = Date.parse(now);
  } catch (error) {
    // It was killed, and left word of itself.
    if (error instanceof CommandFailure) return systemClock;
    throw error;
  }
  const { monotonic, setTimer } = systemClock;
  return { now: () => epochMs(at), monotonic, setTimer };
}
