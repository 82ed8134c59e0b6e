/** For `doorbell scenario run --cloud`: a running cloud with a virtual clock, and what lies in its data folder. */
import { CloudHttpError } from '../scenario/running/cloud-http.ts';
import { openRunningWorld } from '../scenario/running/running-world.ts';
import type { RunOptions } from '../scenario/scenario-run.ts';
import { readContact } from './client.ts';
import { CommandFailure } from './failure.ts';
import { placesOf } from './places.ts';
import { withStorage } from './storage.ts';

export async function withRunningCloud(
  {
    url,
    data,
    broker,
  }: {
    readonly url: string;
    readonly data: string | undefined;
    readonly broker: string;
  },
  work: (open: NonNullable<RunOptions['open']>) => Promise<void>,
): Promise<void> {
  const places = placesOf(data);
  const operator = readContact(places.operator);
  if (operator === null) {
    throw new CommandFailure(
      `no cloud with a virtual clock runs on ${places.data}: start one with "doorbell cloud --virtual-clock"`,
      2,
    );
  }
  try {
    await withStorage(data, (storage) =>
      work((wanted) =>
        openRunningWorld({
          ...wanted,
          url: url.replace(/\/+$/, ''),
          operatorToken: operator.token,
          broker,
          pki: places.pki,
          storage,
        }),
      ),
    );
  } catch (error) {
    if (error instanceof CloudHttpError)
      throw new CommandFailure(error.message, 2, { cause: error });
    throw error;
  }
}
