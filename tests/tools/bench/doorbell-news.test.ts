import { describe, expect, it } from 'vitest';
import { clipTimes, type DoorbellNews } from '../../../tools/bench/doorbell-news.ts';

const clip = 'A';
const story: readonly DoorbellNews[] = [
  { kind: 'began', clip, triggerOffsetMs: 4_300 },
  // The head, then fragments of a second; the last but one is two chunks.
  { kind: 'recorded', clip, recordedMs: [0, 1_000, 2_000, 3_000, 4_000] },
  { kind: 'progressed', clip, acknowledgedChunks: 5, atMs: 1_100 },
  { kind: 'progressed', clip: 'B', acknowledgedChunks: 50, atMs: 1_150 },
  { kind: 'recorded', clip, recordedMs: [0, 1_000, 2_000, 3_000, 4_000, 5_000, 6_000, 6_000] },
  { kind: 'progressed', clip, acknowledgedChunks: 7, atMs: 2_900 },
  { kind: 'progressed', clip, acknowledgedChunks: 8, atMs: 3_000 },
  { kind: 'still', clip: 'B', atMs: 1_120 },
  { kind: 'still', clip, atMs: 1_250 },
  { kind: 'still', clip, atMs: 2_500 },
  { kind: 'ended', clip, atMs: 3_100, finalMs: 3_400 },
  { kind: 'stored', clip: 'B', atMs: 3_410 },
  { kind: 'stored', clip, atMs: 3_500 },
];

describe('the times of a clip', () => {
  it('run from the press, the last picture and the final to the cloud', () => {
    expect(clipTimes(story, clip, 1_000)).toEqual({
      endToStoredMs: 400,
      finalToStoredMs: 100,
      // All chunks of the fragment that holds 5,300 ms.
      pressToSecondMs: 2_000,
      pressToStillMs: 250,
    });
  });

  it('are unknown until it is stored', () => {
    expect(clipTimes(story.slice(0, -1), clip, 1_000)).toBeNull();
  });

  it('have no second after the press in a clip that ends before', () => {
    const short = story.map((news) =>
      news.kind === 'began' ? { ...news, triggerOffsetMs: 5_500 } : news,
    );
    expect(clipTimes(short, clip, 1_000)).toMatchObject({ pressToSecondMs: null });
  });

  it('count from the receipt of the whole when no earlier one named the second', () => {
    const silent = story.filter(({ kind }) => kind !== 'progressed');
    expect(clipTimes(silent, clip, 1_000)).toMatchObject({ pressToSecondMs: 2_500 });
  });
});
