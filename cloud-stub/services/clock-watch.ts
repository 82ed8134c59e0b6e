/** The clock as the sweeper trusts it: judged at start and before each purge, refused until confirmed. [RET-8] */
import type { Logger } from 'pino';
import { type ClockReading, judgeRun, judgeStart } from '../custody/clock-guard.ts';
import type { Policy } from '../custody/policy.ts';
import type { Ports } from '../ports.ts';

type WatchPorts = Pick<Ports, 'clock' | 'catalogue' | 'ledger'>;

const sweeperActor = 'sweeper';

export class ClockWatch {
  readonly #ports: WatchPorts;
  readonly #policy: Policy;
  readonly #log: Logger;
  #good: ClockReading;
  /** Why nothing may be purged; null: the clock is trusted. */
  #refusal: string | null = 'the clock was not judged yet';

  constructor(ports: WatchPorts, policy: Policy, log: Logger) {
    this.#ports = ports;
    this.#policy = policy;
    this.#log = log;
    this.#good = this.#read();
  }

  /** Once, before anything else of this run is written to the ledger. */
  async start(): Promise<void> {
    const { read } = this.#ports.catalogue;
    const last = await read
      .selectFrom('ledger')
      .select('at')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    const standing = await this.#standingRefusal();
    this.#good = this.#read();
    if (standing !== null) {
      this.#refusal = standing;
      this.#log.error({ because: standing }, 'nothing is purged until the clock is confirmed');
      return;
    }
    const verdict = judgeStart(this.#good.now, last?.at ?? null, this.#policy);
    this.#refusal = null;
    if (!verdict.trusted) await this.#refuse(verdict.because);
  }

  /** Null when purging is allowed now; else why not. */
  async refusal(): Promise<string | null> {
    if (this.#refusal !== null) return this.#refusal;
    const verdict = judgeRun(this.#good, this.#read(), this.#policy);
    if (!verdict.trusted) await this.#refuse(verdict.because);
    return this.#refusal;
  }

  /** Someone vouches for the clock as it stands now. */
  async confirm(actor: string): Promise<void> {
    const { catalogue, ledger, clock } = this.#ports;
    const because = this.#refusal;
    await catalogue.write((tx) =>
      ledger.append(tx, { kind: 'clock-confirmed', at: clock.now(), actor, facts: { because } }),
    );
    this.#good = this.#read();
    this.#refusal = null;
    this.#log.warn({ actor, because }, 'the clock was confirmed');
  }

  async #refuse(because: string): Promise<void> {
    this.#refusal = because;
    const { catalogue, ledger, clock } = this.#ports;
    this.#log.error({ because }, 'nothing is purged until the clock is confirmed');
    await catalogue.write((tx) =>
      ledger.append(tx, {
        kind: 'sweep-refused',
        at: clock.now(),
        actor: sweeperActor,
        facts: { because },
      }),
    );
  }

  /** A refusal that nobody has answered yet: a restart does not. */
  async #standingRefusal(): Promise<string | null> {
    const last = await this.#ports.catalogue.read
      .selectFrom('ledger')
      .select(['kind', 'at', 'seq'])
      .where('kind', 'in', ['sweep-refused', 'clock-confirmed'])
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirst();
    return last?.kind === 'sweep-refused'
      ? `the refusal of ledger entry ${last.seq} was never confirmed`
      : null;
  }

  #read(): ClockReading {
    const { clock } = this.#ports;
    return { now: clock.now(), monotonic: clock.monotonic() };
  }
}
