/** Keeps what an imager gives. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type {
  Fragment,
  ImagerFault,
  ImagerSink,
  LumaFrame,
  MediaInit,
} from '../../../device/board.ts';

export type RecordingSink = ImagerSink & {
  readonly luma: LumaFrame[];
  readonly inits: MediaInit[];
  readonly fragments: Fragment[];
  readonly faults: ImagerFault[];
  /** One letter for each call, in order: l, i, f, x. */
  order(): string;
  ended(): boolean;
  /** All fragments as one playable file. */
  save(folder: string): string;
};

export function createRecordingSink(): RecordingSink {
  const luma: LumaFrame[] = [];
  const inits: MediaInit[] = [];
  const fragments: Fragment[] = [];
  const faults: ImagerFault[] = [];
  let order = '';
  return {
    luma,
    inits,
    fragments,
    faults,
    onLuma: (frame) => {
      order += 'l';
      luma.push(frame);
    },
    onMediaInit: (init) => {
      order += 'i';
      inits.push(init);
    },
    onFragment: (fragment) => {
      order += 'f';
      fragments.push(fragment);
    },
    onFault: (fault) => {
      order += 'x';
      faults.push(fault);
    },
    order: () => order,
    ended: () => faults.some(({ ended }) => ended),
    save: (folder) => {
      const file = join(folder, 'recorded.mp4');
      const [init] = inits;
      writeFileSync(
        file,
        Buffer.concat([init?.bytes ?? Buffer.alloc(0), ...fragments.map((f) => f.bytes)]),
      );
      return file;
    },
  };
}
