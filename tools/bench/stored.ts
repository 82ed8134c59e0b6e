/** How soon footage is safe: from the end of a recording, from the press that began it, and its still. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { limits } from '../../device/wire/limits.ts';
import { waitUntil } from '../torture/waiting.ts';
import type { Bench } from './bench.ts';
import { type ClipTimes, clipTimes } from './doorbell-news.ts';
import { type BenchResult, judged, median, percentile } from './figures.ts';
import { openPorch, type Porch } from './porch.ts';

const published = z.object({ kind: z.literal('published'), eachMs: z.array(z.number()) });
/** As a doorbell between two visitors: its ring of pre-roll is full again. */
const betweenClipsMs = 500;

export const storedBench: Bench = {
  name: 'stored',
  describe: 'end of recording to stored, press to first second stored and to the still, p99',
  async run({ quick, progress }) {
    const clips = quick ? 2 : 30;
    const porch = await openPorch();
    try {
      const all: ClipTimes[] = [];
      const plainMs: number[] = [];
      for (let nth = 0; nth < clips; nth++) {
        all.push(await recordOne(porch));
        porch.plain.send({ lengths: [limits.chunkBytesMax] });
        plainMs.push(...(await porch.plain.next(published)).eachMs);
        await sleep(betweenClipsMs);
        progress(nth + 1, clips);
      }
      return resultsOf(all, plainMs);
    } finally {
      await porch.close();
    }
  },
};

async function recordOne({ press, news }: Porch): Promise<ClipTimes> {
  const { pressedMs, clip } = await press();
  let times: ClipTimes | null = null;
  await waitUntil('the clip to be stored', () => {
    times = clipTimes(news, clip, pressedMs);
    return times !== null;
  });
  if (times === null) throw new Error('it was stored');
  return times;
}

function resultsOf(all: readonly ClipTimes[], plainMs: readonly number[]): BenchResult[] {
  const endsMs = all.map(({ endToStoredMs }) => endToStoredMs);
  const finalsMs = all.map(({ finalToStoredMs }) => finalToStoredMs);
  const secondsMs = all.flatMap(({ pressToSecondMs }) => pressToSecondMs ?? []);
  const stillsMs = all.flatMap(({ pressToStillMs }) => pressToStillMs ?? []);
  const count = { what: 'clips', value: all.length, unit: 'count' } as const;
  return [
    judged({
      name: 'stored.end',
      figure: {
        what: 'end of the last picture to stored, p99',
        value: percentile(endsMs, 0.99),
        unit: 'ms',
      },
      beside: [
        { what: 'p50', value: median(endsMs), unit: 'ms' },
        { what: 'of it after the final manifest, p50', value: median(finalsMs), unit: 'ms' },
        count,
      ],
      baseline: {
        what: 'MQTT.js, one full chunk at QoS 1 to PUBACK, no storage, p99',
        value: percentile(plainMs, 0.99),
        unit: 'ms',
      },
      bar: { on: 'value', must: 'be below', limit: 1_000 },
    }),
    judged({
      name: 'stored.second',
      figure: {
        what: 'press to the second after it stored, p99',
        value: percentile(secondsMs, 0.99),
        unit: 'ms',
      },
      beside: [{ what: 'p50', value: median(secondsMs), unit: 'ms' }, count],
      bar: { on: 'value', must: 'be below', limit: 2_500 },
    }),
    judged({
      name: 'stored.still',
      figure: {
        what: 'press to its still on flash, p99',
        value: percentile(stillsMs, 0.99),
        unit: 'ms',
      },
      beside: [
        { what: 'p50', value: median(stillsMs), unit: 'ms' },
        { what: 'stills', value: stillsMs.length, unit: 'count' },
      ],
      bar: { on: 'value', must: 'be below', limit: 300 },
    }),
  ];
}
