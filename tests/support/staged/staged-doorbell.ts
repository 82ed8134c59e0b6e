/** A real doorbell in this process: ffmpeg, TLS, a flash in files; and a copy of all that it recorded. */
import { join } from 'node:path';
import type { Board, Imager } from '../../../device/board.ts';
import { type Config, readConfig } from '../../../device/config.ts';
import { createLog } from '../../../device/log.ts';
import { type RunningDoorbell, runDoorbell } from '../../../device/main.ts';
import type { Happening } from '../../../device/services/happenings.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import { recordedClips, witnessed } from '../../../tools/torture/evidence.ts';
import { waitFor } from '../wait-for.ts';

/**
 * Nothing a loaded machine reaches: a doorbell that heard nothing waits up to a minute before it
 * asks again. [WIRE-2]
 */
const limitMs = 240_000;

export type DoorbellPlace = {
  readonly thing: ThingName;
  readonly folder: string;
  readonly footage: string;
  readonly identity: string;
  readonly broker: string;
};

/** As the settings file has them; what is named here overrules. */
export type DoorbellSettings = Readonly<Record<string, unknown>>;

const everywhere = [0, 1].flatMap((x) => [x, 1 - x].map((y) => ({ x, y })));

/** Sees no motion, so that nothing but its button begins a clip. */
export function settingsOf(place: DoorbellPlace, settings: DoorbellSettings): DoorbellSettings {
  return {
    thing: place.thing,
    source: place.footage,
    encoder: 'pass-through',
    broker: place.broker,
    identity: place.identity,
    flash: join(place.folder, 'flash'),
    panelPort: 0,
    logLevel: process.env['TEST_LOG'] ?? 'silent',
    imager: { clockOverlay: false, analysisWidthPx: 160, analysisFramesPerSecond: 5 },
    motion: { masks: [everywhere] },
    clip: { preRollMs: 2000, postRollMs: 1000 },
    ...settings,
  };
}

export class StagedDoorbell {
  readonly thing: ThingName;
  readonly happenings: Happening[] = [];
  readonly #config: Config;
  readonly #evidence: string;
  #running: RunningDoorbell | null = null;
  #stop = new AbortController();
  #ended: Promise<unknown> = Promise.resolve();
  #mediaMs = 0;

  constructor(place: DoorbellPlace, settings: DoorbellSettings) {
    this.thing = place.thing;
    this.#evidence = join(place.folder, 'evidence');
    const text = JSON.stringify(settingsOf(place, settings));
    this.#config = readConfig({ file: { name: 'the test', text }, environment: {}, flags: {} });
  }

  async start(): Promise<void> {
    this.#stop = new AbortController();
    this.#mediaMs = 0;
    let failure: unknown = null;
    this.#ended = runDoorbell({
      config: this.#config,
      log: createLog(this.#config),
      stop: this.#stop.signal,
      instrument: (board) => witnessed(this.#watched(board), this.#evidence),
      onBoot: (running) => {
        this.#running = running;
        running.firmware.subscribe((happening) => this.happenings.push(happening));
      },
    }).catch((error: unknown) => {
      failure = error;
    });
    await waitFor(
      `${this.thing} to boot`,
      () => {
        if (failure !== null) throw failure;
        return this.#running !== null;
      },
      limitMs,
    );
  }

  /** In good order. Nothing happens when it does not run. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
    this.#running = null;
  }

  get firmware(): RunningDoorbell['firmware'] {
    if (this.#running === null) throw new Error(`${this.thing} does not run`);
    return this.#running.firmware;
  }

  /** A finger on the button. */
  async press(): Promise<void> {
    const url = `${this.#running?.panelUrl}/press`;
    const { status } = await fetch(url, { method: 'POST', body: '{"durationMs":120}' });
    if (status !== 202) throw new Error(`the panel answered ${status}`);
  }

  /** Until it has filmed for this long since it started. */
  hasFilmed(lengthMs: number): Promise<void> {
    return waitFor(`${this.thing} to film`, () => this.#mediaMs >= lengthMs, limitMs);
  }

  /** How often this happened, of all its runs. */
  count(kind: Happening['kind']): number {
    return this.happenings.filter((happening) => happening.kind === kind).length;
  }

  hasHad(kind: Happening['kind'], times = 1): Promise<void> {
    const what = `${this.thing} to have had ${kind} ${times} times`;
    return waitFor(what, () => this.count(kind) >= times, limitMs);
  }

  /** Until the cloud has confirmed everything. */
  hasSentAll(): Promise<void> {
    return waitFor(
      `${this.thing} to have sent everything`,
      () => {
        const { spool, recordingClip, link } = this.firmware.state();
        return link === 'up' && recordingClip === null && spool.clips === 0 && spool.events === 0;
      },
      limitMs,
    );
  }

  /** What it recorded of this clip, byte for byte. */
  recorded(clip: string): Buffer {
    return recordedBytes(this.#evidence, clip);
  }

  #watched(board: Board): Board {
    const { imager } = board;
    const watched: Imager = {
      start: (wanted, sink) =>
        imager.start(wanted, {
          onLuma: (frame) => sink.onLuma(frame),
          onMediaInit: (init) => sink.onMediaInit(init),
          onFragment: (fragment) => {
            sink.onFragment(fragment);
            this.#mediaMs += fragment.durationMs;
          },
          onFault: (fault) => sink.onFault(fault),
        }),
      still: (wanted) => imager.still(wanted),
      liveFrames: (wanted, onFrame) => imager.liveFrames(wanted, onFrame),
      stop: () => imager.stop(),
    };
    return { ...board, imager: watched };
  }
}

/** What the witness in `evidence` has of a clip. */
export function recordedBytes(evidence: string, clip: string): Buffer {
  for (const [name, chunks] of recordedClips(evidence)) {
    if (name === clip) return Buffer.concat(chunks);
  }
  throw new Error(
    `nothing was recorded of clip ${clip}, only of ${[...recordedClips(evidence).keys()]}`,
  );
}
