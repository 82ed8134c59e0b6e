/** Everything that goes to the cloud and comes from it: events, clips, replies, live pictures; receipts. */
import type { Board } from '../board.ts';
import { unitInterval } from '../core/backoff.ts';
import {
  type EventOutbox,
  emptyOutbox,
  nextEvent,
  type OutboxInput,
  stepOutbox,
} from '../core/event-outbox.ts';
import type { LinkProfile } from '../core/uplink-scheduler.ts';
import type { Log } from '../log.ts';
import { encode } from '../wire/codec.ts';
import type { ThingName } from '../wire/ids.ts';
import type { DeviceEvent } from '../wire/messages.ts';
import { topics } from '../wire/topics.ts';
import type { ClipMessages } from './clip-messages.ts';
import type { Downlink } from './downlink.ts';
import type { Happening, Happenings } from './happenings.ts';
import { createLinkKeeper } from './link-keeper.ts';
import { stampNow } from './media-time.ts';
import { createSendLoop, type Outgoing } from './send-loop.ts';
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

const postsMax = 64;

export function createUplink(options: UplinkOptions): Uplink {
  const { board, thing, profile, spool, transfers, clipMessages, happenings, onFailed } = options;
  const { clock, entropy, link } = board;
  let outbox: EventOutbox = emptyOutbox;
  let posts: readonly { readonly topic: string; readonly payload: Uint8Array }[] = [];
  let frame: Uint8Array | null = null;
  let unsubscribe = (): void => {};

  const keeper = createLinkKeeper({
    board,
    thing,
    profile,
    log: options.log,
    onUp() {
      loop.renew();
      stepEvents({ kind: 'link-up' });
      transfers.linkUp();
      happenings.tell({ kind: 'link-up' });
      loop.wake();
    },
    onDown(because) {
      transfers.linkDown();
      happenings.tell({ kind: 'link-down', because });
    },
    onMessage: (topic, payload) => void receive(topic, payload).catch(onFailed),
  });

  const loop = createSendLoop({
    clock,
    link,
    profile,
    up: keeper.up,
    prepare: transfers.fill,
    offers: () => [...offerEvent(), ...offerPost(), ...offerTransfers(), ...offerFrame()],
    wakeAt: () => [outbox.repeatAt, transfers.wakeAt()].filter((at) => at !== null),
    tick() {
      stepEvents({ kind: 'tick' });
      transfers.tick();
    },
    onFailed,
  });

  function stepEvents(input: OutboxInput): void {
    outbox = stepOutbox(outbox, input, clock.uptime(), unitInterval(entropy.bytes(4)));
  }

  async function receive(topic: string, payload: Uint8Array): Promise<void> {
    const message = options.downlink.read(topic, payload);
    if (message.kind === 'receipt') await transfers.heard(message.receipt);
    if (message.kind === 'event-receipt') takeEventReceipt(message.upTo);
    loop.wake();
  }

  /** [WIRE-10] */
  function takeEventReceipt(claimed: number): void {
    // A receipt for events that are not made yet would make them be forgotten at the next boot.
    const upTo = Math.min(claimed, spool.durableState().eventSeq - 1);
    if (!outbox.pending.some(({ seq }) => seq <= upTo)) return;
    stepEvents({ kind: 'receipt', upTo });
    spool
      .transact((transaction) => transaction.add({ kind: 'events-acknowledged', upTo }))
      .durable.catch(onFailed);
  }

  function happened(happening: Happening): void {
    if (happening.kind === 'event') stepEvents({ kind: 'made', event: happening.event });
    transfers.happened(happening);
    loop.wake();
  }

  function offerEvent(): readonly Outgoing[] {
    const event = nextEvent(outbox);
    if (event === null) return [];
    return [
      {
        urgency: event.kind === 'ding' ? 'ding' : 'event',
        bytes: encode(event).length,
        topic: topics.event(thing),
        qos: 1,
        load: () => encode(sentNow(event)),
        sent: () => stepEvents({ kind: 'sent', event }),
      },
    ];
  }

  /** [RET-5] Elapsed uptime dates an event without trusting this device's wall clock, in the boot it happened in. */
  function sentNow(event: DeviceEvent): DeviceEvent {
    if (event.clock?.boot !== spool.state().boot) return event;
    return { ...event, clock: { ...event.clock, uptimeNowMs: stampNow(clock).uptimeAtMs } };
  }

  function offerPost(): readonly Outgoing[] {
    const post = posts[0];
    if (post === undefined) return [];
    return [
      {
        urgency: 'event',
        bytes: post.payload.length,
        topic: post.topic,
        qos: 1,
        load: () => post.payload,
        sent: () => {
          posts = posts.filter((other) => other !== post);
        },
      },
    ];
  }

  function offerTransfers(): readonly Outgoing[] {
    return transfers.offers().map((offer) => ({
      ...clipMessages.envelope(offer),
      qos: 1,
      load: () => clipMessages.load(offer),
      sent: () => transfers.sent(offer),
    }));
  }

  function offerFrame(): readonly Outgoing[] {
    const picture = frame;
    if (picture === null) return [];
    return [
      {
        urgency: 'frame',
        bytes: picture.length,
        topic: topics.frame(thing),
        qos: 0,
        load: () => picture,
        sent: () => {
          if (frame === picture) frame = null;
        },
      },
    ];
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
      loop.wake();
    },
    postFrame(jpeg) {
      frame = jpeg;
      loop.wake();
    },
    async stop() {
      unsubscribe();
      await loop.stop();
      await keeper.stop();
    },
  };
}
