/** The matter as it is told: acts, and in each who does what and what comes of it. */
import { styleText } from 'node:util';
import { type EpochMs, isoTime } from '../../device/wire/time.ts';

export type Told = {
  readonly act: string;
  readonly at: string;
  readonly who: string;
  readonly what: string;
};

export class Story {
  readonly told: Told[] = [];
  readonly #now: () => EpochMs;
  readonly #print: (line: string) => void;
  #act = '';
  #day = '';

  constructor(now: () => EpochMs, print: (line: string) => void) {
    this.#now = now;
    this.#print = print;
  }

  act(title: string): void {
    this.#act = title;
    this.#print(`\n${styleText('bold', title)}`);
  }

  /** `who` does or learns `what`. */
  tell(who: string, what: string): void {
    const at = isoTime(this.#now());
    this.told.push({ act: this.#act, at, who, what });
    const day = at.slice(0, 10);
    if (day !== this.#day) this.#print(styleText('dim', `  ${day}`));
    this.#day = day;
    this.#print(`    ${styleText('cyan', who.padEnd(8))} ${what}`);
  }
}
