/** Stills of a clip: durable before they are acknowledged, before and after the clip itself is stored. [WIRE-10] */
import type { Ulid } from '../../../device/wire/ids.ts';
import { limits } from '../../../device/wire/limits.ts';
import type { ClipRow } from '../../catalogue-tables.ts';
import { type ClipKey, VaultError } from '../../ports.ts';
import { isEndToEnd, loadClip, stillsOf } from '../clip-rows.ts';
import { isJpeg } from '../owners/live-view.ts';
import type { OpenClip } from './ingest-clip.ts';
import { announceClip, sendReceipt } from './ingest-clip-events.ts';
import type { IngestClips } from './ingest-clips.ts';
import { isFinished, rowReceipt, stillsInSight } from './ingest-row-receipt.ts';
import { keepStills } from './ingest-vault.ts';
import type { IngestWorld } from './ingest-world.ts';

export type IngestStills = {
  /** A JPEG, or what only its owner can read of one. */
  take(key: ClipKey, still: Ulid, bytes: Uint8Array): Promise<void>;
};

const noPicture = 'bad-still: no JPEG';
const tooMany = `too-many-stills: a clip has at most ${limits.stillsPerClipMax}`;

export function makeIngestStills(world: IngestWorld, clips: IngestClips): IngestStills {
  const { catalogue, clock, counters, refuse } = world;

  async function intoRow(key: ClipKey, still: Ulid, bytes: Uint8Array): Promise<void> {
    await keepStills(world, key, [{ still, sizeBytes: bytes.length }]);
    counters.stills += 1;
  }

  async function intoOpen(clip: OpenClip, still: Ulid, bytes: Uint8Array): Promise<void> {
    const { key } = clip;
    // What is end-to-end encrypted looks like nothing at all, and nothing here looks into it.
    if (clip.opening.e2ee === undefined && !isJpeg(bytes)) {
      refuse('bad-still', { thing: key.thing, because: `of clip ${key.clip} is no JPEG` });
      return clip.take({ kind: 'still-refused', still, because: noPicture });
    }
    if (clip.state.stills.includes(still)) return clip.take({ kind: 'still-durable', still });
    // It may stand in the vault already, and its row could not be written.
    if (!clip.hasStill(still) && clip.stillCount() >= limits.stillsPerClipMax) {
      refuse('too-many-stills', { thing: key.thing, because: `clip ${key.clip}` });
      return clip.take({ kind: 'still-refused', still, because: tooMany });
    }
    try {
      await clip.addStill(still, bytes);
    } catch (error) {
      if (!(error instanceof VaultError)) throw error;
      return clips.fault(clip, error);
    }
    if (!clip.sink) await intoRow(key, still, bytes);
    if (!clip.closed) clip.take({ kind: 'still-durable', still });
    else {
      // Its session ended meanwhile: with the commit; or unfinished, as where the vault failed, and then the answer to
      // the next opening names the still. [WIRE-5]
      const row = await loadClip(catalogue.read, key);
      if (row !== undefined && isFinished(row)) sendReceipt(world, key, rowReceipt(row, [still]));
    }
    if (!clip.sink) await announceClip(world, key);
  }

  async function refuseWithoutSession(row: ClipRow, still: Ulid, reason: string): Promise<void> {
    const receipt = rowReceipt(row, await stillsInSight(world, row));
    sendReceipt(world, row, { ...receipt, refusedStills: [still], reason });
  }

  /** A still that comes after its clip was stored. */
  async function intoStored(row: ClipRow, still: Ulid, bytes: Uint8Array): Promise<void> {
    const { thing, clip } = row;
    const key = { thing, clip };
    if (!world.custody.isVisible(row, clock.now())) {
      // [WIRE-8] Acknowledged and dropped, as all that belongs to a clip out of sight, held or not.
      return sendReceipt(world, key, rowReceipt(row, [still]));
    }
    if (!isEndToEnd(row) && !isJpeg(bytes)) {
      refuse('bad-still', { thing, because: `of clip ${clip} is no JPEG` });
      return refuseWithoutSession(row, still, noPicture);
    }
    const stored = await stillsOf(catalogue.read, key);
    if (!stored.includes(still)) {
      if (stored.length >= limits.stillsPerClipMax) {
        refuse('too-many-stills', { thing, because: `clip ${clip}` });
        return refuseWithoutSession(row, still, tooMany);
      }
      const open = await clips.borrowVault(key);
      if (open === null) return; // purged a moment ago; the next try is told so
      try {
        if (!open.stills().includes(still)) open.addStill(still, bytes);
        await open.sync();
      } finally {
        await open.close();
      }
      await intoRow(key, still, bytes);
      await announceClip(world, key);
    }
    sendReceipt(world, key, rowReceipt(row, await stillsOf(catalogue.read, key)));
  }

  /** [WIRE-10] Or its device would send it for ever. Of a clip nobody opened there is nothing to answer. */
  async function answerRefused(key: ClipKey, still: Ulid, because: string): Promise<void> {
    const found = await clips.find(key);
    switch (found.kind) {
      case 'open':
        if (!found.clip.faulted) found.clip.take({ kind: 'still-refused', still, because });
        return;
      case 'finished':
        return refuseWithoutSession(found.row, still, because);
      case 'unknown':
      case 'paused':
        return;
    }
  }

  return {
    async take(key, still, bytes) {
      if (bytes.length > limits.stillBytesMax) {
        const because = `${bytes.length} bytes, at most ${limits.stillBytesMax}`;
        refuse('bad-still', { thing: key.thing, because });
        return answerRefused(key, still, `bad-still: ${because}`);
      }
      const found = await clips.find(key);
      switch (found.kind) {
        case 'open':
          return found.clip.faulted ? undefined : intoOpen(found.clip, still, bytes);
        case 'finished':
          return intoStored(found.row, still, bytes);
        case 'unknown':
          return refuse('no-opening', { thing: key.thing, because: `still of ${key.clip}` });
        case 'paused':
          return;
      }
    },
  };
}
