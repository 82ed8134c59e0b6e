/**
 * Everything that goes to the cloud and comes from it: one loop that always sends the most urgent message the link's
 * budget allows. [WIRE-4]
 */
import { type Board, LinkError, type Timer } from '../board.ts';
import { unitInterval } from '../core/backoff.ts';
import {
  type EventOutbox,
  emptyOutbox,
  nextEvent,
  type OutboxInput,
  stepOutbox,
} from '../core/event-outbox.ts';
import {
  admit,
  freshScheduler,
  type LinkProfile,
  mostUrgent,
  settled,
  type Urgency,
} from '../core/uplink-scheduler.ts';
import type { Log } from '../log.ts';
import { encode } from '../wire/codec.ts';
import type { ThingName } from '../wire/ids.ts';
import { between, milliseconds, type UptimeMs } from '../wire/time.ts';
import { topics } from '../wire/topics.ts';
import type { ClipMessages } from './clip-messages.ts';
import type { Downlink } from './downlink.ts';
import type { Happening, Happenings } from './happenings.ts';
import { createLinkKeeper } from './link-keeper.ts';
import type { Spool } from './spool.ts';
import type { Transfers } from './transfers.ts';

export type Uplink = {
  start(): void;
  up(): boolean;
  /** Sends once, at QoS 1, when the link allows it: replies and reports, which are not kept. */
  post(topic: string, payload: Uint8Array): void;
  /** The latest live picture; one that could not be sent is replaced by the next. */
  postFrame(jpeg: Uint8Array): void;
  stop(): Promise<void>;
};

export type UplinkOptions = {
  readonly board: Pick<Board, 'clock' | 'entropy' | 'link'>;
  readonly thing: ThingName;
  readonly profile: () => LinkProfile;
  readonly spool: Spool;
  readonly transfers: Transfers;
  readonly clipMessages: ClipMessages;
  readonly downlink: Downlink;
  readonly happenings: Happenings;
  readonly log: Log;
  readonly onFailed: (error: unknown) => void;
};

type Outgoing = {
  readonly urgency: Urgency;
  readonly bytes: number;
  readonly topic: string;
  readonly qos: 0 | 1;
  /** Null when there is nothing to send any more. */
  readonly load: () => Promise<Uint8Array | null> | Uint8Array;
  readonly sent: () => void;
};

const postsMax = 64;

export function createUplink(options: UplinkOptions): Uplink {
  const { board, thing, profile, spool, transfers, clipMessages, happenings, log } = options;
  const { clock, entropy, link } = board;
  let outbox: EventOutbox = emptyOutbox;
  let scheduler = freshScheduler(profile(), clock.uptime());
  let posts: { readonly topic: string; readonly payload: Uint8Array }[] = [];
  let frame: Uint8Array | null = null;
  let pumping: Promise<void> = Promise.resolve();
  let running = false;
  let again = false;
  let timer: Timer | null = null;
  let unsubscribe = (): void => {};

  const keeper = createLinkKeeper({
    board,
    thing,
    profile,
    log,
    onUp() {
      scheduler = freshScheduler(profile(), clock.uptime());
      events({ kind: 'link-up' });
      transfers.linkUp();
      happenings.tell({ kind: 'link-up' });
      pump();
    },
    onDown(because) {
      transfers.linkDown();
      happenings.tell({ kind: 'link-down', because });
    },
    onMessage(topic, payload) {
      receive(topic, payload).catch(options.onFailed);
    },
  });

  const events = (input: OutboxInput): void => {
    outbox = stepOutbox(outbox, input, clock.uptime(), unitInterval(entropy.bytes(4)));
  };

  async function receive(topic: string, payload: Uint8Array): Promise<void> {
    const message = options.downlink.read(topic, payload);
    switch (message.kind) {
      case 'receipt':
        await transfers.heard(message.receipt);
        break;
      case 'event-receipt': {
        const { upTo } = message;
        if (!outbox.pending.some(({ seq }) => seq <= upTo)) break;
        events({ kind: 'receipt', upTo });
        happenings.tell({ kind: 'events-acknowledged', upTo });
        spool
          .transact((transaction) => transaction.add({ kind: 'events-acknowledged', upTo }))
          .durable.catch(options.onFailed);
        break;
      }
      case 'handled':
        return;
    }
    pump();
  }

  function happened(happening: Happening): void {
    if (happening.kind === 'event') events({ kind: 'made', event: happening.event });
    transfers.happened(happening);
    if (sendable.has(happening.kind)) pump();
  }

  /** Runs the loop; asked while it runs, it runs once more, so nothing that came meanwhile is left lying. */
  function pump(): void {
    again = true;
    if (running) return;
    running = true;
    pumping = run().catch(options.onFailed);
  }

  async function run(): Promise<void> {
    try {
      while (again) await sendAll();
    } finally {
      // In the same turn as the last look at `again`: a wish that comes later starts the loop anew.
      running = false;
    }
  }

  async function sendAll(): Promise<void> {
    again = false;
    await transfers.fill();
    timer?.cancel();
    timer = null;
    let waitUntil: UptimeMs | null = null;
    while (keeper.up()) {
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

  function arm(waitUntil: UptimeMs | null): void {
    if (!keeper.up()) return;
    const times = [waitUntil, outbox.repeatAt, transfers.wakeAt()].filter((at) => at !== null);
    if (times.length === 0) return;
    const delay = Math.max(1, between(clock.uptime(), Math.min(...times) as UptimeMs));
    timer = clock.setTimer('uplink', milliseconds(Math.ceil(delay)), () => {
      events({ kind: 'tick' });
      transfers.tick();
      pump();
    });
  }

  async function send(outgoing: Outgoing): Promise<void> {
    const payload = await outgoing.load();
    if (keeper.up()) outgoing.sent();
    if (payload === null || !keeper.up()) {
      scheduler = settled(scheduler);
      return;
    }
    link.publish(outgoing.topic, payload, outgoing.qos).then(acknowledged, (error: unknown) => {
      if (!(error instanceof LinkError)) options.onFailed(error);
      acknowledged();
    });
  }

  function acknowledged(): void {
    scheduler = settled(scheduler);
    pump();
  }

  function offers(): readonly Outgoing[] {
    const event = nextEvent(outbox);
    const post = posts[0];
    const all: Outgoing[] = [];
    if (event !== null) {
      const payload = encode(event);
      all.push({
        urgency: event.kind === 'ding' ? 'ding' : 'event',
        bytes: payload.length,
        topic: topics.event(thing),
        qos: 1,
        load: () => payload,
        sent: () => events({ kind: 'sent', event }),
      });
    }
    if (post !== undefined) {
      all.push({
        urgency: 'event',
        bytes: post.payload.length,
        topic: post.topic,
        qos: 1,
        load: () => post.payload,
        sent: () => {
          posts = posts.filter((other) => other !== post);
        },
      });
    }
    for (const offer of transfers.offers()) {
      all.push({
        ...clipMessages.envelope(offer),
        qos: 1,
        load: () => clipMessages.load(offer),
        sent: () => transfers.sent(offer),
      });
    }
    const picture = frame;
    if (picture !== null) {
      all.push({
        urgency: 'frame',
        bytes: picture.length,
        topic: topics.frame(thing),
        qos: 0,
        load: () => picture,
        sent: () => {
          if (frame === picture) frame = null;
        },
      });
    }
    return all;
  }

  return {
    up: keeper.up,
    start() {
      outbox = { ...emptyOutbox, pending: spool.durableState().events };
      unsubscribe = happenings.subscribe(happened);
      keeper.start();
    },
    post(topic, payload) {
      posts = [...posts, { topic, payload }].slice(-postsMax);
      pump();
    },
    postFrame(jpeg) {
      frame = jpeg;
      pump();
    },
    async stop() {
      unsubscribe();
      timer?.cancel();
      await keeper.stop();
      await pumping;
      timer?.cancel();
    },
  };
}

/** What may give the loop something to send. */
const sendable: ReadonlySet<Happening['kind']> = new Set([
  'event',
  'clip-began',
  'chunks-recorded',
  'still-kept',
  'clip-ended',
  'clip-evicted',
]);
