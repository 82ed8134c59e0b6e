/** Every limit of the clip transfer, in one place, and how they relate. */
import assert from 'node:assert/strict';
import { hours, milliseconds, seconds } from './time.ts';

const KiB = 1024;

export const limits = {
  /** AWS IoT Core closes the connection above this (iot.md 1.1). */
  payloadBytesMax: 128 * KiB,
  /** Leaves room for what brokers add to a payload (wire.md, Manifests). */
  chunkBytesMax: 120 * KiB,
  stillBytesMax: 120 * KiB,
  topicBytesMax: 256,
  topicSlashesMax: 7,
  subscriptionsPerPacketMax: 8,
  subscriptionsMax: 50,
  /** A JSON message: manifests, events, receipts, commands. Chunks and stills are not JSON. */
  jsonBytesMax: 64 * KiB,
  jsonDepthMax: 16,
  /** A clip of 1 GiB: an hour at 2.3 Mbit/s. */
  chunksPerClipMax: 9216,
  stillsPerClipMax: 8,
  triggersPerClipMax: 256,
  rangesPerReceiptMax: 128,
  /** [WIRE-3] Chunks a device may have unacknowledged when the cloud says nothing else. */
  windowDefault: 8,
  windowMax: 100,
  /** [WIRE-2] A receipt follows at the latest this long after what it acknowledges. */
  receiptDelayMs: milliseconds(200),
  initRetryMs: seconds(3),
  initRetryMsMax: seconds(60),
  /** [WIRE-7] */
  silenceMs: seconds(60),
  silenceMsMax: hours(24),
  /** [WIRE-6] How long the answer to `fin` can be had again, at least. */
  finalAnswerMs: hours(24),
  fragmentMsMax: seconds(1),
} as const;

assert(limits.chunkBytesMax < limits.payloadBytesMax);
assert(limits.stillBytesMax < limits.payloadBytesMax);
assert(limits.jsonBytesMax < limits.payloadBytesMax);
assert(limits.windowDefault <= limits.windowMax);
assert(limits.initRetryMs < limits.initRetryMsMax);
assert(limits.silenceMs < limits.silenceMsMax);
