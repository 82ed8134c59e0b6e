/** Every limit of the HTTP API, in one place, and how they relate. */
import assert from 'node:assert/strict';
import { days, hours, milliseconds, minutes, seconds } from '../../device/wire/time.ts';

const KiB = 1024;

export const apiLimits = {
  bodyBytesMax: 64 * KiB,
  /** A served paper of 8 MiB in base64, and its form. */
  paperBodyBytesMax: 12 * 1024 * KiB,
  headerBytesMax: 16 * KiB,
  tokenCharsMax: 512,
  cursorCharsMax: 256,
  pageItemsDefault: 30,
  pageItemsMax: 200,
  connectionsMax: 1000,
  /** Entries of the ledger in one answer. */
  ledgerLinesMax: 5000,
  /** A request that has not arrived by then is cut off. */
  requestMs: seconds(30),
  keepAliveMs: seconds(20),
  sessionMs: hours(12),
  sessionsMax: 1000,
  /** [SEC-1] A stream asks this often whether its reader may still read. */
  heartbeatMs: seconds(15),
  streamsMax: 200,
  streamsPerAccountMax: 24,
  /** A stream whose reader leaves this much unread is ended; it may resume. */
  unreadBytesMax: 1024 * KiB,
  resumedEventsPageMax: 100,
  resumedEventsMax: 5000,
  liveViewMs: minutes(10),
  /** How long a response that makes no progress is kept. */
  stalledMs: minutes(2),
  /** How often a clip that is still arriving is asked for more. */
  followMs: milliseconds(400),
  followMsMax: hours(1),
  /** What is still running this long after `close` is cut. */
  drainMs: seconds(3),
  /** What one request may move a virtual clock by. */
  clockAdvanceMsMax: days(366),
  /** Refusals logged in each window; the rest are counted. */
  refusalsPerWindowMax: 20,
  refusalWindowMs: seconds(10),
} as const;

assert(apiLimits.pageItemsDefault <= apiLimits.pageItemsMax);
assert(apiLimits.streamsMax < apiLimits.connectionsMax, 'streams leave room for requests');
assert(apiLimits.streamsPerAccountMax <= apiLimits.streamsMax);
assert(apiLimits.resumedEventsPageMax <= apiLimits.resumedEventsMax);
