/**
 * The clock as the sweeper trusts it: judged at start and before each purge, refused until
 * confirmed. [RET-8]
 */
import type { Logger } from 'pino';
import type { EpochMs } from '../../../device/wire/time.ts';
import { type ClockReading, judgeRun, judgeStart } from '../../custody/clock-guard.ts';
import type { Policy } from '../../custody/policy.ts';
import type { Catalogue, Ports } from '../../ports.ts';

export type WatchPorts = Pick<Ports, 'clock' | 'catalogue' | 'ledger'>;

const sweeperActor = 'sweeper';
const refusedSentence =
  'nothing is purged until someone confirms the clock with: doorbell confirm-clock';

/** Someone vouches for the clock as it stands now. A running cloud learns of it from the ledger. */
export async function confirmClock(
  { catalogue, ledger, clock }: WatchPorts,
  actor: string,
): Promise<void> {
  await catalogue.write((tx) =>
    ledger.append(tx, { kind: 'clock-confirmed', at: clock.now(), actor, facts: {} }),
  );
}

/** Why the sweeper waits, or null; as the ledger has it, so that a restart is no answer. */
export async function standingRefusal({ catalogue }: WatchPorts): Promise<string | null> {
  const last = await catalogue.read
    .selectFrom('ledger')
    .select(['kind', 'seq', 'facts'])
    .where('kind', 'in', ['sweep-refused', 'clock-confirmed'])
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.kind === 'sweep-refused'
    ? `the refusal of ledger entry ${last.seq} was never confirmed`
    : null;
}

/** When the ledger last heard of anything; null: it is empty. */
export async function lastEntryAt({ read }: Pick<Catalogue, 'read'>): Promise<EpochMs | null> {
  const last = await read
    .selectFrom('ledger')
    .select('at')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return last?.at ?? null;
}

export class ClockWatch {
  readonly #ports: WatchPorts;
  readonly #policy: Policy;
  readonly #log: Logger;
  #good: ClockReading;
  /** Why nothing may be purged; null: the clock is trusted. */
  #refusal: string | null = 'the clock was not judged yet';
  #started = false;
  #refusing: Promise<void> | null = null;

  constructor(ports: WatchPorts, policy: Policy, log: Logger) {
    this.#ports = ports;
    this.#policy = policy;
    this.#log = log;
    this.#good = this.#read();
  }

  /** Once, before anything else of this run is written to the ledger. */
  async start(): Promise<void> {
    const lastAt = await lastEntryAt(this.#ports.catalogue);
    const standing = await standingRefusal(this.#ports);
    this.#good = this.#read();
    const verdict = judgeStart(this.#good.now, lastAt, this.#policy);
    if (standing !== null) {
      this.#refusal = standing;
      this.#log.error({ because: standing }, refusedSentence);
    } else if (verdict.trusted) this.#refusal = null;
    else await this.#refuse(verdict.because);
    this.#started = true;
  }

  /** Null when purging is allowed now; else why not. */
  async refusal(): Promise<string | null> {
    if (this.#refusal !== null) {
      if (!this.#started || (await standingRefusal(this.#ports)) !== null) return this.#refusal;
      this.#log.warn({ because: this.#refusal }, 'the clock was confirmed, purging goes on');
      this.#good = this.#read();
      this.#refusal = null;
    }
    const verdict = judgeRun(this.#good, this.#read(), this.#policy);
    if (!verdict.trusted) await this.#refuse(verdict.because);
    return this.#refusal;
  }

  /** Something else than the clock says that nothing may be purged until someone has looked at it. */
  async doubt(because: string): Promise<void> {
    await this.#refuse(because);
  }

  async #refuse(because: string): Promise<void> {
    // One doubt is one entry, however many ask meanwhile.
    this.#refusing ??= this.#record(because).finally(() => {
      this.#refusing = null;
    });
    await this.#refusing;
    this.#refusal = because;
  }

  async #record(because: string): Promise<void> {
    const { catalogue, ledger, clock } = this.#ports;
    this.#log.error({ because }, refusedSentence);
    await catalogue.write((tx) =>
      ledger.append(tx, {
        kind: 'sweep-refused',
        at: clock.now(),
        actor: sweeperActor,
        facts: { because },
      }),
    );
  }

  #read(): ClockReading {
    const { clock } = this.#ports;
    return { now: clock.now(), monotonic: clock.monotonic() };
  }
}
