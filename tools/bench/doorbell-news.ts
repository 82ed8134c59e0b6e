/** What a doorbell under measurement tells: moments on the clock that all processes share. */
import { z } from 'zod';

const clip = z.string();
const atMs = z.number();

export const newsSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('up'), panelUrl: z.string() }),
  z.object({ kind: z.literal('began'), clip, triggerOffsetMs: z.number() }),
  /** By chunk: how much of the clip had been recorded when its fragment ended. */
  z.object({ kind: z.literal('recorded'), clip, recordedMs: z.array(z.number()) }),
  z.object({ kind: z.literal('progressed'), clip, acknowledgedChunks: z.number(), atMs }),
  /** `atMs`: the last picture of the clip was over; `finalMs`: its final manifest stood on flash. */
  z.object({ kind: z.literal('ended'), clip, atMs, finalMs: atMs }),
  /** A still of the clip stands on flash. */
  z.object({ kind: z.literal('still'), clip, atMs }),
  z.object({ kind: z.literal('stored'), clip, atMs }),
]);
export type DoorbellNews = z.infer<typeof newsSchema>;

/** One clip, from the press that made it to the cloud's word that it is safe. */
export type ClipTimes = {
  /** From the last picture to `stored`. */
  readonly endToStoredMs: number;
  /** From the final manifest on flash to `stored`. */
  readonly finalToStoredMs: number;
  /** From the press until the second that follows it is durable in the cloud; null when the clip is shorter. */
  readonly pressToSecondMs: number | null;
  /** From the press until its still stands on flash; null without one. */
  readonly pressToStillMs: number | null;
};

/** Null until the clip is stored. */
export function clipTimes(
  news: readonly DoorbellNews[],
  clip: string,
  pressedMs: number,
): ClipTimes | null {
  const own = news.filter((one) => one.kind !== 'up' && one.clip === clip);
  const began = own.find((one) => one.kind === 'began');
  const ended = own.find((one) => one.kind === 'ended');
  const stored = own.find((one) => one.kind === 'stored');
  if (began === undefined || ended === undefined || stored === undefined) return null;
  const still = own.find((one) => one.kind === 'still');
  const recordedMs = own.findLast((one) => one.kind === 'recorded')?.recordedMs ?? [];
  const chunks = chunksUntil(recordedMs, began.triggerOffsetMs + 1_000);
  const safe =
    chunks === null
      ? undefined
      : own.find((one) => one.kind === 'progressed' && one.acknowledgedChunks >= chunks);
  return {
    endToStoredMs: stored.atMs - ended.atMs,
    finalToStoredMs: stored.atMs - ended.finalMs,
    pressToSecondMs: chunks === null ? null : (atMsOf(safe) ?? stored.atMs) - pressedMs,
    pressToStillMs: still === undefined ? null : still.atMs - pressedMs,
  };
}

/** How many chunks hold the clip up to `untilMs`; null when it does not reach so far. */
function chunksUntil(recordedMs: readonly number[], untilMs: number): number | null {
  const first = recordedMs.findIndex((ms) => ms >= untilMs);
  if (first < 0) return null;
  // All chunks of that fragment.
  return recordedMs.lastIndexOf(recordedMs[first] ?? 0) + 1;
}

const atMsOf = (news: DoorbellNews | undefined): number | undefined =>
  news?.kind === 'progressed' ? news.atMs : undefined;
