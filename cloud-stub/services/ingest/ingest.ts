/**
 * The ingest: from the broker's messages to durable footage. Messages wait in a lane for each device, clips and events
 * take them from there; devices that fall silent are salvaged. A restart goes on from vault and catalogue alone.
 */
import type { Logger } from 'pino';
import { decode, encode } from '../../../device/wire/codec.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import { settingsMessageSchema } from '../../../device/wire/messages.ts';
import { parseUpTopic } from '../../../device/wire/topics.ts';
import type { BusMessage, ClipKey, Ports } from '../../ports.ts';
import type { ClipCustody } from '../clip-custody.ts';
import type { Commands } from '../devices/commands.ts';
import type { Devices } from '../devices/devices.ts';
import type { PresenceWatch } from '../devices/presence.ts';
import type { HoldRegistry } from '../holds/holds.ts';
import type { Announcements } from '../owners/announcements.ts';
import type { LiveView } from '../owners/live-view.ts';
import { serviceLimits } from '../service-limits.ts';
import { makeDeferredWrites } from './deferred-writes.ts';
import { IngestClips } from './ingest-clips.ts';
import { makeIngestEvents } from './ingest-events.ts';
import { type LaneMessage, makeLanes } from './ingest-lanes.ts';
import { makeMessageHandlers } from './ingest-messages.ts';
import { type IngestCounters, makeIngestCounters, makeRefuse } from './ingest-refusals.ts';
import { makeSilenceWatch } from './ingest-silence.ts';
import { makeIngestStills } from './ingest-stills.ts';
import type { IngestWorld } from './ingest-world.ts';

export type IngestParts = {
  readonly custody: ClipCustody;
  readonly holds: Pick<HoldRegistry, 'capture'>;
  readonly devices: Devices;
  readonly presence: PresenceWatch;
  readonly commands: Commands;
  readonly liveView: LiveView;
  readonly announcements: Announcements;
  readonly log: Logger;
  /** The greatest window a device is granted. [WIRE-3] */
  readonly windowMax: number;
  purgeSoon(key: ClipKey): void;
  /** The device reported settings. */
  onSettings(thing: ThingName): void;
};

export type Ingest = {
  readonly counters: IngestCounters;
  /** The purge of this clip is intended, and destroys its footage as soon as this returns. */
  letGo(key: ClipKey): void;
  /** Takes no more messages, makes durable and answers what was taken. */
  stop(): Promise<void>;
};

export async function openIngest(ports: Ports, parts: IngestParts): Promise<Ingest> {
  const { bus, catalogue, clock } = ports;
  const { announcements, custody, holds, log, presence } = parts;
  const counters = makeIngestCounters();
  const refuse = makeRefuse(log, clock, counters);
  const deferred = makeDeferredWrites(ports, log);

  const silence = makeSilenceWatch(clock, presence, (key, because) => {
    void lanes
      .run(key.thing, () => clips.salvage(key, because))
      .catch((error: unknown) => {
        log.error({ err: error, ...key }, 'a clip could not be salvaged, it is tried again later');
        silence.touch(key);
      });
  });

  const lanes = makeLanes(bus, clock, {
    handle: (message) => handle(message),
    onFault: (thing, error) => refuse('handler-failed', { thing, err: error }),
    onPause: (thing) => {
      counters.pauses += 1;
      log.debug({ thing }, 'a device is paused, its queue is full');
    },
  });

  const world: IngestWorld = {
    ...ports,
    custody,
    holds,
    announcements,
    deferred,
    counters,
    refuse,
    log,
    windowMax: () =>
      lanes.queuedBytes() > (serviceLimits.allQueuesBytesMax * 3) / 4 ? 0 : parts.windowMax,
    send: makeSender(ports, counters, log),
    purgeSoon: parts.purgeSoon,
    onOpened(key) {
      counters.clipsOpened += 1;
      silence.touch(key);
    },
    onFinished: (key) => silence.finished(key),
  };
  const clips = new IngestClips(world);
  const stills = makeIngestStills(world, clips);
  const handlers = makeMessageHandlers(world, clips, stills, makeIngestEvents(world));

  async function handle({ topic, payload }: LaneMessage): Promise<void> {
    const { thing } = topic;
    const identity = await parts.devices.identity(thing);
    if (identity === null) return refuse('unknown-device', { thing });
    silence.heard(thing);
    deferred.saw(thing);
    switch (topic.kind) {
      case 'init':
      case 'chunk':
      case 'mark':
      case 'final':
      case 'still':
        await handlers.onClip(identity, topic, payload);
        if (clips.isOpen(topic)) silence.touch({ thing, clip: topic.clip });
        return;
      case 'event':
        return handlers.onEvent(identity, payload);
      case 'frame': {
        const because = parts.liveView.takeFrame(thing, payload);
        return because === null ? undefined : refuse('bad-frame', { thing, because });
      }
      case 'reply': {
        const because = parts.commands.takeReply(thing, topic.command, payload);
        return because === null ? undefined : refuse('bad-reply', { thing, because });
      }
      case 'settings':
        return takeSettings(thing, payload);
    }
  }

  async function takeSettings(thing: ThingName, payload: Uint8Array): Promise<void> {
    const decoded = decode(settingsMessageSchema, payload);
    if (!decoded.ok) return refuse('malformed', { thing, because: decoded.because });
    const settings = Buffer.from(encode(decoded.message)).toString();
    await catalogue.write((tx) =>
      tx.updateTable('devices').set({ settings }).where('thing', '=', thing).execute(),
    );
    parts.onSettings(thing);
  }

  function accept(message: BusMessage): void {
    const { thing, payload } = message;
    counters.messages += 1;
    counters.bytes += payload.length;
    const topic = parseUpTopic(message.topic);
    if (topic === null) refuse('unknown-topic', { thing, topic: message.topic });
    else if (thing !== null && thing !== topic.thing) {
      refuse('foreign', { thing, topic: message.topic });
    } else if (payload.length > limits.payloadBytesMax) {
      refuse('bad-size', { thing: topic.thing, topic: message.topic });
    } else if (!lanes.accept(topic, payload)) refuse('queue-full', { thing: topic.thing });
    counters.queuedBytes = lanes.queuedBytes();
  }

  presence.onChange(({ thing }) => silence.presenceChanged(thing));
  await watchUnfinished(catalogue, (key) => silence.touch(key));
  bus.onMessage(accept);

  return {
    counters,
    letGo: (key) => clips.letGo(key),
    async stop() {
      silence.stop();
      await lanes.drain();
      await clips.closeAll();
      await deferred.flush();
    },
  };
}

/** After a restart, what was arriving is either gone on with or salvaged. [WIRE-7] */
async function watchUnfinished(
  catalogue: Ports['catalogue'],
  touch: (key: ClipKey) => void,
): Promise<void> {
  const rows = await catalogue.read
    .selectFrom('clips')
    .select(['thing', 'clip'])
    .where('possession', '=', 'staged')
    .execute();
  for (const { thing, clip } of rows) touch({ thing, clip });
}

/** Publishes without waiting. A device that does not read its receipts must not fill the memory with them. */
function makeSender(
  { bus }: Pick<Ports, 'bus'>,
  counters: IngestCounters,
  log: Logger,
): IngestWorld['send'] {
  const pending = new Map<ThingName, number>();
  return (thing, topic, payload) => {
    const count = pending.get(thing) ?? 0;
    if (count >= serviceLimits.receiptsPendingMax) {
      counters.receiptsDropped += 1;
      return;
    }
    pending.set(thing, count + 1);
    bus
      .publish(topic, payload)
      .catch((error: unknown) => log.debug({ err: error, thing }, 'a receipt was not sent'))
      .finally(() => {
        const left = (pending.get(thing) ?? 1) - 1;
        if (left === 0) pending.delete(thing);
        else pending.set(thing, left);
      });
  };
}
