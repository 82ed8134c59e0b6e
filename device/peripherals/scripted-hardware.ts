/** Plays what happens during the footage: the figure presses the button, the infrared filter switches. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { later, milliseconds, type UptimeMs } from '../wire/time.ts';
import type { Housing } from './housing.ts';

const at = z.int().min(0);
const actionSchema = z.discriminatedUnion('do', [
  z.strictObject({ atMs: at, do: z.literal('button'), edge: z.enum(['pressed', 'released']) }),
  z.strictObject({ atMs: at, do: z.literal('night-mode'), on: z.boolean() }),
  z.strictObject({ atMs: at, do: z.literal('porch-light'), on: z.boolean() }),
]);
const scriptSchema = z.strictObject({
  v: z.literal(1),
  actions: z.array(actionSchema).max(10_000),
});
export type Script = z.infer<typeof scriptSchema>;
export type ScriptAction = z.infer<typeof actionSchema>;

/** The script is missing or does not hold. */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}

/** Throws ScriptError naming the file, the member and what was expected. */
export async function readScript(file: string): Promise<Script> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new ScriptError(`script ${file}: cannot be read`, { cause: error });
  }
  try {
    return scriptSchema.parse(JSON.parse(text));
  } catch (error) {
    const because =
      error instanceof z.ZodError ? z.prettifyError(error) : 'expected JSON with v and actions';
    throw new ScriptError(`script ${file}: ${because}`, { cause: error });
  }
}

/** Its time is the footage's, so that it stays with the pictures however fast they are read. */
export class ScriptedHardware {
  readonly #housing: Housing;
  readonly #actions: readonly ScriptAction[];
  #startedAt: UptimeMs | null = null;
  #next = 0;
  #loopStartMs = 0;
  #pressed = false;

  constructor(script: Script, housing: Housing) {
    this.#housing = housing;
    this.#actions = script.actions.toSorted((a, b) => a.atMs - b.atMs);
  }

  /**
   * Does all that is due once the footage has played `footageMs` of a stream that began at `startedAt`; a later
   * beginning is another showing, a sooner one is the same showing, better known. `loopMs` is the footage's length
   * where it is looped, null where it ends.
   */
  advance(footageMs: number, startedAt: UptimeMs, loopMs: number | null): void {
    if (this.#startedAt === null || startedAt > this.#startedAt) this.#begin(startedAt);
    this.#startedAt = startedAt;
    for (;;) {
      const action = this.#actions[this.#next];
      const dueMs = this.#loopStartMs + (action?.atMs ?? 0);
      const loopEndMs = loopMs === null || loopMs <= 0 ? null : this.#loopStartMs + loopMs;
      if (action !== undefined && (loopEndMs === null || dueMs < loopEndMs)) {
        if (dueMs > footageMs) return;
        this.#next++;
        this.#do(action, later(startedAt, milliseconds(dueMs)));
      } else {
        if (loopEndMs === null || loopEndMs > footageMs) return;
        this.#loopStartMs = loopEndMs;
        this.#next = 0;
        if (this.#actions.length === 0) return;
      }
    }
  }

  #begin(startedAt: UptimeMs): void {
    this.#next = 0;
    this.#loopStartMs = 0;
    // A showing that broke off may have left a finger on the button.
    if (this.#pressed) this.#do({ atMs: 0, do: 'button', edge: 'released' }, startedAt);
  }

  #do(action: ScriptAction, happensAt: UptimeMs): void {
    switch (action.do) {
      case 'button': {
        const press = action.edge === 'pressed';
        if (press === this.#pressed) return;
        this.#pressed = press;
        if (press) this.#housing.press(happensAt);
        else this.#housing.release(happensAt);
        return;
      }
      case 'night-mode':
      case 'porch-light':
        this.#housing.switchLight({ kind: action.do, on: action.on, at: happensAt });
    }
  }
}
