/** What the owner hears of: rings, from the cloud's stream of events as the page reads it, each with its moment. */
import { z } from 'zod';
import type { CloudClient } from '../commands/client.ts';
import { monotonicMs } from './monotonic.ts';

export type HeardDing = { readonly heardMs: number; readonly clip: string };

export type OwnerEar = {
  /** The next ring, in the order they came. */
  next(): Promise<HeardDing>;
  close(): Promise<void>;
};

const dingSchema = z.object({ kind: z.literal('ding'), clip: z.string() });
const limitMs = 30_000;

export async function listenForDings(client: CloudClient): Promise<OwnerEar> {
  const response = await client.request('GET', '/v1/events/stream');
  if (response.body === null) throw new Error('the stream of events has no body');
  const reader = response.body.getReader();
  const heard: HeardDing[] = [];
  let wake = (): void => {};
  let isOver = false;
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    let text = '';
    for (;;) {
      const { done, value } = await reader.read();
      const heardMs = monotonicMs();
      if (done) break;
      const messages = (text + decoder.decode(value, { stream: true })).split('\n\n');
      text = messages.pop() ?? '';
      heard.push(...dingsIn(messages).map((clip) => ({ heardMs, clip })));
      wake();
    }
    isOver = true;
    wake();
  };
  const reading = read();
  return {
    async next() {
      const endsAt = performance.now() + limitMs;
      for (;;) {
        const first = heard.shift();
        if (first !== undefined) return first;
        const leftMs = endsAt - performance.now();
        if (isOver || leftMs <= 0) throw new Error('the owner did not hear of a press');
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, leftMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
    },
    async close() {
      await reader.cancel();
      await reading;
    },
  };
}

/** The clips of the rings among server-sent events. */
export function dingsIn(messages: readonly string[]): readonly string[] {
  return messages.flatMap((message) => {
    if (!/^event: event$/m.test(message)) return [];
    const data = /^data: (.*)$/m.exec(message)?.[1] ?? 'null';
    const ding = dingSchema.safeParse(JSON.parse(data));
    return ding.success ? [ding.data.clip] : [];
  });
}
