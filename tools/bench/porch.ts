/** A doorbell on a stage: a real process with a real encoder, its panel, and its owner listening at the cloud. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import type { ThingName } from '../../device/wire/ids.ts';
import { type DoorbellNews, newsSchema } from './doorbell-news.ts';
import { monotonicMs } from './monotonic.ts';
import { listenForDings, type OwnerEar } from './owner-ear.ts';
import { demoFootage, openStage, type Stage } from './stage.ts';
import type { Worker } from './worker.ts';

export type Porch = {
  readonly stage: Stage;
  /** Everything told so far. */
  readonly news: readonly DoorbellNews[];
  /** MQTT.js beside it, on the broker without storage. */
  readonly plain: Worker;
  /** Presses; resolves with when that was, and when the owner heard of it. */
  press(): Promise<{ readonly pressedMs: number; readonly heardMs: number; readonly clip: string }>;
  close(): Promise<void>;
};

const thing = 'porch' as ThingName;

export async function openPorch(): Promise<Porch> {
  const stage = await openStage('aws');
  const over = new AbortController();
  let owner: OwnerEar | null = null;
  const close = async (): Promise<void> => {
    over.abort();
    await owner?.close();
    await stage.close();
  };
  try {
    const identity = await stage.enrol(thing);
    const worker = stage.start('doorbell-process.ts', [writeSettings(stage, identity)]);
    const news: DoorbellNews[] = [];
    const up = await worker.next(newsSchema);
    if (up.kind !== 'up') throw new Error(`the doorbell told of "${up.kind}" before it was up`);
    void collect(worker, news, over.signal);
    const ear = await listenForDings(stage.client);
    owner = ear;
    const plain = await startPlain(stage);
    const press = async () => {
      const pressedMs = monotonicMs();
      const answer = await fetch(`${up.panelUrl}/press`, {
        method: 'POST',
        body: '{"durationMs":120}',
      });
      if (!answer.ok) throw new Error(`the panel answered ${answer.status}`);
      return { pressedMs, ...(await ear.next()) };
    };
    return { stage, news, plain, press, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Without the scene's script and without motion: nobody rings but the bench. */
function writeSettings(stage: Stage, identity: string): string {
  const folder = path.join(stage.folder, 'footage');
  mkdirSync(folder);
  symlinkSync(demoFootage, path.join(folder, 'footage.mp4'));
  const settings = path.join(stage.folder, 'porch.json');
  const everywhere = [0, 1].flatMap((x) => [x, 1 - x].map((y) => ({ x, y })));
  writeFileSync(
    settings,
    JSON.stringify({
      thing,
      source: path.join(folder, 'footage.mp4'),
      encoder: 'x264',
      broker: stage.cloudUrl,
      identity,
      flash: path.join(stage.folder, 'porch-flash'),
      panelPort: 0,
      motion: { masks: [everywhere] },
    }),
  );
  return settings;
}

async function collect(worker: Worker, news: DoorbellNews[], over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    try {
      news.push(await worker.next(newsSchema, 600_000));
    } catch (error) {
      if (over.aborted) return;
      throw error;
    }
  }
}

const publisher = 'publisher' as ThingName;

async function startPlain(stage: Stage): Promise<Worker> {
  const argv = [stage.plainUrl, await stage.enrol(publisher), publisher];
  const plain = stage.start('publisher-process.ts', argv);
  await plain.next(z.object({ kind: z.literal('connected') }));
  return plain;
}
