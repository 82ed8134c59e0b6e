/** What the parts of the ingest share: ports, custody, and ways to tell. */
import type { Logger } from 'pino';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { ClipKey, Ports } from '../../ports.ts';
import type { ClipCustody } from '../clip-custody.ts';
import type { HoldRegistry } from '../holds/holds.ts';
import type { Announcements } from '../owners/announcements.ts';
import type { DeferredWrites } from './deferred-writes.ts';
import type { IngestCounters, Refuse } from './ingest-refusals.ts';

export type IngestWorld = Pick<
  Ports,
  'bus' | 'catalogue' | 'clock' | 'keys' | 'ledger' | 'signatures' | 'vault'
> & {
  readonly custody: ClipCustody;
  readonly holds: Pick<HoldRegistry, 'capture'>;
  readonly announcements: Announcements;
  readonly deferred: DeferredWrites;
  readonly counters: IngestCounters;
  readonly refuse: Refuse;
  readonly log: Logger;
  /** The greatest window to grant now; 0 when overloaded. [WIRE-3] */
  windowMax(): number;
  /** To a device, best effort: never throws, never waits. What is lost, the device asks for again. */
  send(thing: ThingName, topic: string, payload: Uint8Array): void;
  /** Has the purge worker see to this clip now. [RET-9] */
  purgeSoon(key: ClipKey): void;
  /** More is expected of this clip, whatever comes of its session. */
  onOpened(key: ClipKey): void;
  /** Nothing more is expected of this clip, for now. */
  onFinished(key: ClipKey): void;
};
