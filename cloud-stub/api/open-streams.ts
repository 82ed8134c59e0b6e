/**
 * Answers without an end of their own: event streams, live views, clips that still grow. Bounded in number, asked at
 * each heartbeat whether their reader may still read, and all ended when the server closes.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountId } from '../catalogue-tables.ts';
import type { Clock, Timer } from '../ports.ts';
import { ownerOf } from './authentication.ts';
import { apiLimits } from './limits.ts';
import type { OwnerCloud } from './owner-cloud.ts';
import { ProblemError } from './problems.ts';

export type StreamKind = 'events' | 'live' | 'footage';

export type OpenStream = {
  /** Aborted when the reader left, may no longer read, or the server closes. */
  readonly signal: AbortSignal;
  end(): void;
};

export class OpenStreams {
  readonly #clock: Clock;
  readonly #accounts: OwnerCloud['accounts'];
  readonly #open = new Map<AbortController, { account: AccountId; kind: StreamKind }>();
  #closing = false;

  constructor(clock: Clock, accounts: OwnerCloud['accounts']) {
    this.#clock = clock;
    this.#accounts = accounts;
  }

  count(kind: StreamKind): number {
    return [...this.#open.values()].filter((stream) => stream.kind === kind).length;
  }

  /** Registers a stream for the request's owner. `onBeat` runs at each heartbeat. Throws ProblemError. */
  begin(
    kind: StreamKind,
    request: FastifyRequest,
    reply: FastifyReply,
    onBeat: () => void,
  ): OpenStream {
    const { account, token, sessionExpiresAt } = ownerOf(request);
    if (this.#closing) throw new ProblemError(503, 'the server is closing');
    const own = [...this.#open.values()].filter((stream) => stream.account === account).length;
    if (this.#open.size >= apiLimits.streamsMax || own >= apiLimits.streamsPerAccountMax) {
      throw new ProblemError(429, 'too many streams are open', { 'retry-after': '5' });
    }
    const abort = new AbortController();
    this.#open.set(abort, { account, kind });
    let beat: Timer | null = null;
    const end = (): void => {
      beat?.cancel();
      this.#open.delete(abort);
      abort.abort();
    };
    const mayStillRead = async (): Promise<boolean> =>
      (sessionExpiresAt === null || this.#clock.now() < sessionExpiresAt) &&
      (await this.#accounts.authenticate(token)) === account;
    const schedule = (): void => {
      beat = this.#clock.setTimer('api-stream-beat', apiLimits.heartbeatMs, () => {
        // A fault of the cloud is no leave to read on.
        void mayStillRead()
          .catch(() => false)
          .then((may) => {
            if (abort.signal.aborted) return;
            if (!may) return end();
            onBeat();
            schedule();
          });
      });
    };
    schedule();
    reply.raw.once('close', end);
    return { signal: abort.signal, end };
  }

  /** Ends every stream and lets no new one begin. */
  endAll(): void {
    this.#closing = true;
    for (const abort of [...this.#open.keys()]) abort.abort();
    this.#open.clear();
  }
}
