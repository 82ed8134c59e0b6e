/** A folder on a disk of its own that can be filled to the brim, where this machine lets us mount one. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';

const balloonName = '.balloon';
const block = Buffer.alloc(1024 * 1024);

export class SmallDisk {
  readonly #folder: string;
  readonly canFill: boolean;

  private constructor(folder: string, canFill: boolean) {
    this.#folder = folder;
    this.canFill = canFill;
  }

  /** Mounting takes privileges; without them the folder stays an ordinary one that cannot be filled. */
  static at(folder: string, bytes: number): SmallDisk {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const options = `size=${bytes},mode=0700`;
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder]);
    return new SmallDisk(folder, mounted.status === 0);
  }

  fill(): void {
    if (!this.canFill) return;
    const file = openSync(path.join(this.#folder, balloonName), 'w');
    for (let size = block.length; size >= 1; size = Math.floor(size / 2)) {
      try {
        for (;;) writeSync(file, block, 0, size);
      } catch {
        // this much does not fit any more: try half
      }
    }
    closeSync(file);
  }

  relieve(): void {
    rmSync(path.join(this.#folder, balloonName), { force: true });
  }

  unmount(): void {
    if (this.canFill) spawnSync('umount', ['-l', this.#folder]);
  }
}
