/** Figures of the ingest and the broker for Prometheus, read when they are asked for. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { IngestCounters } from './services/ingest/ingest-refusals.ts';

const counted = {
  messages: 'Messages that came from the broker',
  bytes: 'Their payload bytes',
  chunks: 'Chunks taken, repeated ones included',
  receipts: 'Receipts sent',
  receiptsDropped: 'Receipts not sent, as the device does not read them',
  clipsOpened: 'Clips heard of for the first time',
  clipsStored: 'Clips stored whole, or salvaged ones completed',
  clipsSalvaged: 'Clips stored as far as their device sent them',
  clipsGivenUp: 'Clips that their device gave up',
  clipsLate: 'Clips that arrived past their window or their purge',
  stills: 'Stills stored',
  events: 'Events stored',
  pauses: 'Times a device was paused for its full queue',
} as const satisfies Partial<Record<keyof IngestCounters, string>>;

export function cloudMetrics(
  counters: IngestCounters,
  brokerTally: ReadonlyMap<string, number>,
): Registry {
  const registry = new Registry();
  const registers = [registry];
  for (const [name, help] of Object.entries(counted)) {
    new Counter({
      name: `doorbell_ingest_${snakeCase(name)}_total`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(counters[name as keyof typeof counted]);
      },
    });
  }
  new Counter({
    name: 'doorbell_ingest_refused_total',
    help: 'Messages refused, by reason',
    labelNames: ['reason'] as const,
    registers,
    collect() {
      this.reset();
      for (const [reason, count] of Object.entries(counters.refused)) this.inc({ reason }, count);
    },
  });
  new Gauge({
    name: 'doorbell_ingest_queued_bytes',
    help: 'Payload bytes that wait in the queues of devices',
    registers,
    collect() {
      this.set(counters.queuedBytes);
    },
  });
  new Gauge({
    name: 'doorbell_ingest_sessions',
    help: 'Clips open for receiving',
    registers,
    collect() {
      this.set(counters.sessions);
    },
  });
  new Counter({
    name: 'doorbell_broker_enforced_total',
    help: 'How often a row of the broker profile was enforced',
    labelNames: ['row'] as const,
    registers,
    collect() {
      this.reset();
      for (const [row, count] of brokerTally) this.inc({ row }, count);
    },
  });
  return registry;
}

const snakeCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
