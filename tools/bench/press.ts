/** From the press on the panel to the owner's stream of events at the cloud, while the clip uploads. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Bench } from './bench.ts';
import { judged, median, percentile } from './figures.ts';
import { openPorch } from './porch.ts';

/** Longer than press, gap for a double press and its settling: each press is a ring of its own. */
const betweenPressesMs = 800;
/** About what a ring's event weighs on the wire. */
const eventBytes = 400;

const published = z.object({ kind: z.literal('published'), eachMs: z.array(z.number()) });

export const pressBench: Bench = {
  name: 'press',
  describe: 'press of the button to the event in the owner’s stream, p50 and p99',
  async run({ quick, progress }) {
    const presses = quick ? 3 : 100;
    const porch = await openPorch();
    try {
      const latenciesMs: number[] = [];
      const plainMs: number[] = [];
      for (let nth = 0; nth < presses; nth++) {
        const { pressedMs, heardMs } = await porch.press();
        latenciesMs.push(heardMs - pressedMs);
        await sleep(betweenPressesMs / 2);
        porch.plain.send({ lengths: [eventBytes] });
        plainMs.push(...(await porch.plain.next(published)).eachMs);
        await sleep(betweenPressesMs / 2);
        progress(nth + 1, presses);
      }
      return [
        judged({
          name: 'press.event',
          figure: { what: 'press to event, p99', value: percentile(latenciesMs, 0.99), unit: 'ms' },
          beside: [
            { what: 'p50', value: median(latenciesMs), unit: 'ms' },
            { what: 'presses', value: presses, unit: 'count' },
          ],
          baseline: {
            what: 'MQTT.js at QoS 1 to PUBACK, no storage, p99',
            value: percentile(plainMs, 0.99),
            unit: 'ms',
          },
          bar: { on: 'value', must: 'be below', limit: 100 },
        }),
      ];
    } finally {
      await porch.close();
    }
  },
};
