/** Every limit of the cloud's services, in one place, and how they relate. */
import assert from 'node:assert/strict';
import { limits } from '../../device/wire/limits.ts';
import { hours, milliseconds, minutes, seconds } from '../../device/wire/time.ts';

const KiB = 1024;
const MiB = 1024 * KiB;

export const serviceLimits = {
  /** [WIRE-3] One device's queue: at this much its socket is paused, at half of it resumed. */
  queueBytesMax: 16 * MiB,
  queueMessagesMax: 1024,
  /** What is read from a socket already when it is paused still comes; beyond this factor it is dropped. */
  queueOverrun: 2,
  /** All queues together. Past half of it every device's queue shrinks to its share. */
  allQueuesBytesMax: 256 * MiB,
  queueBytesMin: 512 * KiB,

  /** Clips of one device open at once; the one idle longest is closed and read again when needed. */
  sessionsPerDeviceMax: 8,
  /** Chunks appended and not yet durable, per clip, before the credit is withdrawn. */
  unsyncedBytesMax: 32 * MiB,
  /** [WIRE-3] What a device is told to wait when the cloud cannot take more. */
  overloadRetryMs: seconds(5),
  /** Conflicts and refused finals of one session that are put on record. */
  faultsRecordedMax: 16,

  /** Messages to one device that the broker has not taken yet; more are dropped, the device asks again. */
  receiptsPendingMax: 64,

  /** A lane that handled this much without waiting for anything lets the others have their turn. */
  laneTurnBytes: 2 * MiB,
  laneTurnMessages: 64,

  /** Marks and last-seen times are written together at most this late. */
  deferredWriteMs: milliseconds(500),
  lastSeenStepMs: minutes(1),
  /** How often the owner hears of an arriving clip's growth, at most. */
  progressMs: seconds(1),

  /**
   * A device that misses a receipt sends all it holds again, every 3 s at the most. So often must it repeat what lies
   * beyond a gap, and not what is missing, before the gap is put on record and passed over: a network that loses three
   * messages in ten loses one of them that often once in two million times.
   */
  eventGapRounds: 12,
  /** Repetitions closer together than this are of one round, or of the network's making. */
  eventRoundMs: seconds(2),
  eventGapWalkMax: 10_000,
  /** So long what was passed over may still come: a network that delays for minutes hides it for all the rounds. */
  eventLateMsMax: hours(24),

  identitiesUnknownMax: 1024,
  identityUnknownMs: seconds(2),

  commandReplyMs: seconds(10),
  commandsPendingMax: 16,
  /** The device is asked for live pictures for this long, and asked again at half of it. */
  liveViewMs: seconds(20),
  settingsBytesMax: 32 * KiB,

  pageItemsMax: 200,
  accessesRememberedMax: 100_000,
  /** Refused reads of one principal in an hour that are put on record one by one. */
  readRefusalsRecordedMax: 50,

  /** Refusals logged per reason and period; all are counted. [WIRE-9] */
  refusalsLoggedMax: 5,
  refusalLogMs: minutes(1),

  chainCheckMs: hours(1),

  /** How long the newest entries of the ledger may wait for a signature. */
  checkpointPeriodMs: hours(1),
} as const;

assert(serviceLimits.queueBytesMin > 2 * limits.payloadBytesMax);
assert(serviceLimits.queueBytesMax > limits.windowMax * limits.chunkBytesMax);
assert(serviceLimits.queueBytesMin < serviceLimits.queueBytesMax);
assert(serviceLimits.eventRoundMs < limits.initRetryMs);
assert(serviceLimits.queueBytesMax * serviceLimits.queueOverrun < serviceLimits.allQueuesBytesMax);
