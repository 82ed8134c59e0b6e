/** A doorbell in a process of its own, that can be killed without warning and started again on the same flash. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DoorbellState } from '../../../device/firmware.ts';
import { Child } from '../../../tools/torture/child.ts';
import { waitFor } from '../wait-for.ts';
import {
  type DoorbellPlace,
  type DoorbellSettings,
  recordedBytes,
  settingsOf,
} from './staged-doorbell.ts';

const program = fileURLToPath(
  new URL('../../../tools/torture/doorbell-process.ts', import.meta.url),
);

export class DoorbellChild {
  readonly #child: Child;
  readonly #evidence: string;

  constructor(place: DoorbellPlace, settings: DoorbellSettings) {
    this.#evidence = join(place.folder, 'evidence');
    mkdirSync(this.#evidence, { recursive: true });
    const file = join(place.folder, 'settings.json');
    writeFileSync(file, JSON.stringify(settingsOf(place, settings)));
    const argv = [program, file, this.#evidence];
    this.#child = new Child(place.thing, argv, join(place.folder, 'log'));
  }

  /** Until it films. */
  async start(): Promise<void> {
    rmSync(this.#panelFile, { force: true });
    this.#child.start();
    await waitFor('the panel', () => existsSync(this.#panelFile) && this.#panel !== '');
    await waitFor('pictures', async () => (await this.state()).picture === 'running');
  }

  async press(): Promise<void> {
    const { status } = await fetch(`${this.#panel}/press`, { method: 'POST' });
    if (status !== 202) throw new Error(`the panel answered ${status}`);
  }

  async state(): Promise<Pick<DoorbellState, 'picture' | 'recordingClip' | 'spool'>> {
    const response = await fetch(`${this.#panel}/state`);
    return (await response.json()) as DoorbellState;
  }

  /** SIGKILL. */
  kill(): Promise<void> {
    return this.#child.kill();
  }

  stop(): Promise<void> {
    return this.#child.stop();
  }

  /** What it recorded of this clip, byte for byte. */
  recorded(clip: string): Buffer {
    return recordedBytes(this.#evidence, clip);
  }

  get #panelFile(): string {
    return join(this.#evidence, 'panel-url');
  }

  get #panel(): string {
    return readFileSync(this.#panelFile, 'utf8');
  }
}
