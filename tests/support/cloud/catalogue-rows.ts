/** Rows for tests: whole, plausible, and only what a test is about named in it. */
import { onTestFinished } from 'vitest';
import type {
  AccountRow,
  ClipRow,
  DeviceRow,
  EventRow,
} from '../../../cloud-stub/catalogue-tables.ts';
import type { Catalogue } from '../../../cloud-stub/ports.ts';
import { days, epochMs, later } from '../../../device/wire/time.ts';
import { clipNumbered, thingNamed, ulidNumbered } from './clip-samples.ts';

/** 2026-01-01T00:00:00Z */
export const newYear = epochMs(Date.UTC(2026, 0, 1));

/** Opens a catalogue that is closed when the test has ended. */
export async function openCatalogueForTest(
  openCatalogue: () => Promise<Catalogue> | Catalogue,
): Promise<Catalogue> {
  const catalogue = await openCatalogue();
  onTestFinished(() => catalogue.close());
  return catalogue;
}

export const accountNumbered = (n: number): AccountRow => ({
  account: ulidNumbered(n),
  name: `account ${n}`,
  openedAt: newYear,
  closedAt: null,
});

export const deviceNamed = (name: string): DeviceRow => ({
  thing: thingNamed(name),
  certificate: 'none',
  enrolledAt: newYear,
  revokedAt: null,
  lastSeenAt: null,
  connected: 0,
  settings: null,
  settingsWanted: null,
  eventsUpTo: 0,
});

export const stagedClip = (n: number, wanted: Partial<ClipRow> = {}): ClipRow => ({
  ...clipNumbered(n),
  account: null,
  possession: 'staged',
  visibility: 'visible',
  boot: 1,
  seq: n,
  trigger: 'ding',
  triggers: '[]',
  opening: '{}',
  final: null,
  finalHash: null,
  disposition: null,
  truncated: 0,
  reason: null,
  claimedAt: newYear,
  boundLowerAt: newYear,
  recordedAt: newYear,
  firstReceivedAt: newYear,
  storedAt: null,
  expiresAt: null,
  userDeletedAt: null,
  deleteAt: null,
  durationMs: null,
  chunks: 0,
  sizeBytes: 0,
  root: null,
  markedChunks: 0,
  markedRoot: null,
  markedSig: null,
  purgedAt: null,
  accountClosedAt: null,
  planLapsedAt: null,
  keptUntil: epochMs(0),
  ...wanted,
});

export const storedClip = (n: number, wanted: Partial<ClipRow> = {}): ClipRow =>
  stagedClip(n, {
    possession: 'stored',
    storedAt: newYear,
    expiresAt: later(newYear, days(60)),
    deleteAt: later(newYear, days(60)),
    root: 'ab'.repeat(32),
    ...wanted,
  });

export const eventNumbered = (seq: number, wanted: Partial<EventRow> = {}): EventRow => ({
  thing: thingNamed('porch'),
  seq,
  id: ulidNumbered(seq),
  account: null,
  kind: 'ding',
  at: newYear,
  receivedAt: newYear,
  clip: null,
  data: '{}',
  message: '{}',
  expiresAt: later(newYear, days(60)),
  boot: null,
  bootBeganAt: null,
  ...wanted,
});
