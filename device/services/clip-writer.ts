/**
 * Carries out what the segmenter decided for one clip: its head and fragments, moved to the clip's own time, go to the
 * spool one after the other; then the final manifest.
 */
import type { MediaInit } from '../board.ts';
import type { FragmentBytes } from '../core/chunk-log.ts';
import { endOf, type RecordedFragment } from '../core/fragment-ring.ts';
import { clipBase, type DecodeTime, rebaseFragment } from '../core/fragmented-mp4.ts';
import { type ClipSealer, plainChunks } from '../wire/footage-sealing.ts';
import type { Ulid } from '../wire/ids.ts';
import { type DurationMs, type EpochMs, later, milliseconds, type UptimeMs } from '../wire/time.ts';
import type { Spool } from './spool.ts';
import type { WorkQueue } from './work-queue.ts';

export type ClipWriter = {
  readonly clip: Ulid;
  append(fragments: readonly RecordedFragment[], init: MediaInit): void;
  /** `because` is null for a clip that ended as it should. */
  close(because: string | null): Promise<void>;
};

export type ClipWriterOptions = {
  readonly clip: Ulid;
  readonly startAt: UptimeMs;
  /** `startAt` on the wall clock, as the opening says it. */
  readonly startedAt: EpochMs;
  /** Null: its footage is kept as it is. */
  readonly sealer: ClipSealer | null;
  readonly spool: Spool;
  /** Shared by all clips, so that finals are made in the order of `seq`. [DEV-5] */
  readonly queue: WorkQueue;
  /** The clip cannot be kept; `append` does nothing any more. */
  readonly onRefused: (because: string) => void;
  /** The flash or the stream failed in a way nobody planned for. */
  readonly onFailed: (error: unknown) => void;
};

export function createClipWriter(options: ClipWriterOptions): ClipWriter {
  const { clip, startAt, startedAt, sealer, spool, queue, onRefused, onFailed } = options;
  let base: readonly DecodeTime[] | null = null;
  let sequence = 0;
  let waiting: FragmentBytes[] = [];
  let refused: string | null = null;
  let endAt = startAt;

  function clipBytes(fragment: RecordedFragment, init: MediaInit): readonly FragmentBytes[] {
    const head: FragmentBytes[] = [];
    if (base === null) {
      base = clipBase(fragment.decodeTimes, init.tracks);
      head.push({ bytes: init.bytes, recordedMs: milliseconds(0) });
    }
    sequence++;
    return [
      ...head,
      {
        bytes: rebaseFragment(fragment.bytes, base, sequence),
        recordedMs: recordedMs(endOf(fragment)),
      },
    ];
  }

  const recordedMs = (until: UptimeMs): DurationMs =>
    milliseconds(Math.max(0, Math.round(until - startAt)));

  async function write(): Promise<void> {
    // What came in while another write was under way goes to flash in one append and one sync.
    const fragments = waiting;
    waiting = [];
    if (fragments.length === 0 || refused !== null) return;
    const appended = await spool.append(clip, fragments, sealer?.parts ?? plainChunks);
    if (appended.kind === 'recorded') return;
    refused = appended.because;
    onRefused(appended.because);
  }

  /** What ended as it should says so under its seal: nobody can cut it off unseen. */
  async function writeEnd(): Promise<void> {
    if (sealer === null || base === null || refused !== null) return;
    const end = { bytes: new Uint8Array(), recordedMs: recordedMs(endAt) };
    const appended = await spool.append(clip, [end], sealer.end);
    if (appended.kind === 'refused') refused = appended.because;
  }

  return {
    clip,
    append(fragments, init) {
      const last = fragments.at(-1);
      if (last !== undefined) endAt = endOf(last);
      waiting.push(...fragments.flatMap((fragment) => clipBytes(fragment, init)));
      queue.add(write).catch(onFailed);
    },
    close(because) {
      return queue.add(async () => {
        if (because === null) await writeEnd();
        const log = await spool.chunksOf(clip);
        const reason = refused ?? because;
        // As long after its start as its pictures are: what the clock would say now, a late encoder falsifies.
        const endedAt = later(startedAt, recordedMs(endAt));
        await spool.transact((transaction) =>
          transaction.closeClip(
            clip,
            reason === null
              ? { disposition: 'complete', endedAt }
              : { disposition: 'truncated', reason, endedAt },
            log,
          ),
        ).durable;
      });
    },
  };
}
