/** Keeps the link open: connects, and after a failure again, with full jitter so that a fleet does not come at once. */
import { type Board, LinkError, type Timer } from '../board.ts';
import { type Backoff, backoffDelay, unitInterval } from '../core/backoff.ts';
import type { LinkProfile } from '../core/uplink-scheduler.ts';
import type { Log } from '../log.ts';
import type { ThingName } from '../wire/ids.ts';
import { milliseconds, seconds } from '../wire/time.ts';
import { downFilters } from '../wire/topics.ts';

export type LinkKeeper = {
  start(): void;
  up(): boolean;
  stop(): Promise<void>;
};
export type LinkKeeperOptions = {
  readonly board: Pick<Board, 'link' | 'clock' | 'entropy'>;
  readonly thing: ThingName;
  readonly profile: () => LinkProfile;
  readonly log: Log;
  readonly onUp: () => void;
  readonly onDown: (because: string) => void;
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
};

/** AWS IoT Core allows one CONNECT a second and client id (iot.md 1.1). */
const backoffs: { readonly [P in LinkProfile]: Backoff } = {
  aws: { floorMs: seconds(1), baseMs: milliseconds(500), capMs: seconds(60) },
  open: { floorMs: milliseconds(0), baseMs: milliseconds(500), capMs: seconds(60) },
};
/** A link that lived this long was a good one: the next attempts begin quickly again. */
const provenAfterMs = seconds(20);

export function createLinkKeeper(options: LinkKeeperOptions): LinkKeeper {
  const { board, thing, profile, log, onUp, onDown, onMessage } = options;
  const { link, clock, entropy } = board;
  let up = false;
  let stopped = false;
  let attempt = 0;
  let timer: Timer | null = null;
  let proven: Timer | null = null;
  let opening: Promise<void> = Promise.resolve();

  async function connect(): Promise<void> {
    let closed = false;
    try {
      await link.open({
        clientId: thing,
        filters: downFilters(thing),
        onMessage: (topic, payload) => {
          if (!closed && !stopped) onMessage(topic, payload);
        },
        onClosed: (because) => {
          closed = true;
          if (stopped) return;
          if (up) down(because);
          again();
        },
      });
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      log.info({ because: error.message, attempt }, 'could not reach the broker');
      if (!stopped) again();
      return;
    }
    if (closed || stopped) return;
    up = true;
    proven = clock.setTimer('link-proven', provenAfterMs, () => {
      attempt = 0;
    });
    onUp();
  }

  function down(because: string): void {
    up = false;
    proven?.cancel();
    onDown(because);
  }

  function again(): void {
    timer?.cancel();
    const delay = backoffDelay(backoffs[profile()], attempt++, unitInterval(entropy.bytes(4)));
    timer = clock.setTimer('reconnect', delay, begin);
  }

  function begin(): void {
    opening = connect();
    opening.catch((error: unknown) => {
      log.error({ error }, 'the link failed in an unplanned way');
      if (!stopped) again();
    });
  }

  return {
    start: begin,
    up: () => up,
    async stop() {
      stopped = true;
      timer?.cancel();
      proven?.cancel();
      if (up) down('stopped');
      await link.close();
    },
  };
}
