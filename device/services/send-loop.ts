/** One loop that always sends the most urgent message, as fast as the link's budget allows. [WIRE-4] */
import { type Clock, type Link, LinkError, type Timer } from '../board.ts';
import {
  admit,
  freshScheduler,
  type LinkProfile,
  mostUrgent,
  settled,
  type Urgency,
} from '../core/uplink-scheduler.ts';
import { between, milliseconds, type UptimeMs } from '../wire/time.ts';

export type Outgoing = {
  readonly urgency: Urgency;
  /** What the budget is charged. */
  readonly bytes: number;
  readonly topic: string;
  readonly qos: 0 | 1;
  /** Null when there is nothing to send any more. */
  readonly load: () => Promise<Uint8Array | null> | Uint8Array;
  readonly sent: () => void;
};

export type SendLoop = {
  /** Something may have to be sent. */
  wake(): void;
  /** The link is new: its budget is whole, nothing is in flight. */
  renew(): void;
  stop(): Promise<void>;
};

export type SendLoopOptions = {
  readonly clock: Clock;
  readonly link: Pick<Link, 'publish'>;
  readonly profile: () => LinkProfile;
  readonly up: () => boolean;
  /** Runs before offers are asked for. */
  readonly prepare: () => Promise<void>;
  readonly offers: () => readonly Outgoing[];
  /** When to ask again though nobody woke the loop; `tick` then says that it is time. */
  readonly wakeAt: () => readonly UptimeMs[];
  readonly tick: () => void;
  readonly onFailed: (error: unknown) => void;
};

export function createSendLoop(options: SendLoopOptions): SendLoop {
  const { clock, link, profile, up, prepare, offers, wakeAt, tick, onFailed } = options;
  let scheduler = freshScheduler(profile(), clock.uptime());
  let running = false;
  let again = false;
  let stopped = false;
  let loop: Promise<void> = Promise.resolve();
  let timer: Timer | null = null;

  function wake(): void {
    // Asked while it runs, the loop runs once more, so nothing that came meanwhile is left lying.
    again = true;
    if (running || stopped) return;
    running = true;
    loop = run().catch(onFailed);
  }

  async function run(): Promise<void> {
    try {
      while (again && !stopped) await sendAll();
    } finally {
      // In the same turn as the last look at `again`: a wish that comes later starts the loop anew.
      running = false;
    }
  }

  async function sendAll(): Promise<void> {
    again = false;
    await prepare();
    let waitUntil: UptimeMs | null = null;
    while (up() && !stopped) {
      const offer = mostUrgent(offers());
      if (offer === null) break;
      const verdict = admit(scheduler, offer.urgency, offer.bytes, profile(), clock.uptime());
      if (verdict.kind === 'wait') {
        waitUntil = verdict.until;
        break;
      }
      scheduler = verdict.state;
      await send(offer);
    }
    arm(waitUntil);
  }

  async function send(outgoing: Outgoing): Promise<void> {
    const payload = await outgoing.load();
    if (up()) outgoing.sent();
    if (payload === null || !up()) {
      scheduler = settled(scheduler);
      return;
    }
    // Not awaited: how many may be unacknowledged is the budget's business.
    link.publish(outgoing.topic, payload, outgoing.qos).then(acknowledged, (error: unknown) => {
      if (!(error instanceof LinkError)) onFailed(error);
      acknowledged();
    });
  }

  function acknowledged(): void {
    scheduler = settled(scheduler);
    wake();
  }

  function arm(waitUntil: UptimeMs | null): void {
    timer?.cancel();
    timer = null;
    const times = waitUntil === null ? wakeAt() : [...wakeAt(), waitUntil];
    if (!up() || stopped || times.length === 0) return;
    const delayMs = Math.ceil(between(clock.uptime(), Math.min(...times) as UptimeMs));
    timer = clock.setTimer('uplink', milliseconds(Math.max(1, delayMs)), () => {
      tick();
      wake();
    });
  }

  return {
    wake,
    renew() {
      scheduler = freshScheduler(profile(), clock.uptime());
    },
    async stop() {
      stopped = true;
      timer?.cancel();
      await loop;
      timer?.cancel();
    },
  };
}
