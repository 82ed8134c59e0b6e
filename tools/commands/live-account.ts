/** The live account of a doorbell on a terminal: a head with where to look, then a line for each thing that happens. */
import { styleText } from 'node:util';
import type { Firmware } from '../../device/firmware.ts';
import type { Happening } from '../../device/services/happenings.ts';
import { type Line, Narrator } from './narration.ts';

export type Head = {
  readonly version: string;
  readonly page: string;
  readonly thing: string;
  readonly footage: string;
  readonly ffmpeg: { readonly version: string; readonly from: string };
  readonly data: string;
};

const colours = {
  ring: 'yellow',
  motion: 'cyan',
  clip: 'green',
  link: 'blue',
  camera: 'magenta',
  light: 'magenta',
  doorbell: 'white',
} as const satisfies Record<Line['subject'], string>;

export class Account {
  readonly #json: boolean;
  readonly #now: () => number;
  readonly #narrator = new Narrator();
  #firmware: Firmware | null = null;
  #stored = 0;

  /** `now`: the doorbell's time of day, which need not be this machine's. */
  constructor(json: boolean, now: () => number = Date.now) {
    this.#json = json;
    this.#now = now;
  }

  head({ version, page, thing, footage, ffmpeg, data }: Head): void {
    if (this.#json) {
      this.#print({ kind: 'up', page, thing, footage, ffmpeg, data });
      return;
    }
    const bold = (text: string): string => styleText('bold', text);
    console.log(`\n  ${bold('doorbell-emulator')} ${version}\n`);
    console.log(`  page      ${bold(page)}`);
    console.log(`  doorbell  ${thing}, which sees ${footage}`);
    console.log(`  ffmpeg    ${ffmpeg.version} (${ffmpeg.from})`);
    console.log(`  data      ${data}`);
    console.log(
      `\n  Ctrl-C stops. "npx doorbell clips" in another terminal lists what is stored.\n`,
    );
  }

  /** Tells what this boot does from now on. */
  follow(firmware: Firmware): void {
    this.#firmware = firmware;
    firmware.subscribe((happening) => this.#tell(happening));
  }

  stopping(): void {
    if (!this.#json) console.log('  stopping ...');
  }

  end(): void {
    const left = this.#firmware?.state().spool;
    if (left === undefined) return;
    if (this.#json) {
      this.#print({ kind: 'stopped', stored: this.#stored, clipsSpooled: left.clips });
      return;
    }
    const waiting =
      left.clips === 0
        ? 'nothing waits on flash'
        : `${left.clips} wait on flash for the next start`;
    console.log(`  stopped: ${this.#stored} clips stored, ${waiting}`);
  }

  #tell(happening: Happening): void {
    if (happening.kind === 'clip-stored') this.#stored++;
    const now = new Date(this.#now());
    const line = this.#narrator.tell(happening, now.getTime());
    if (line === null) return;
    if (this.#json) {
      this.#print({ at: now.toISOString(), ...line });
      return;
    }
    const time = styleText('dim', now.toTimeString().slice(0, 8));
    console.log(
      `  ${time}  ${styleText(colours[line.subject], line.subject.padEnd(8))}  ${line.text}`,
    );
  }

  #print(fact: object): void {
    console.log(JSON.stringify(fact));
  }
}
