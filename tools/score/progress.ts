/** How far long work over footage is, on a terminal's stderr; silent where nobody watches. */
import cliProgress from 'cli-progress';

export type Progress = {
  /** A piece of footage begins. */
  begin(name: string): void;
  frames(count: number): void;
  end(): void;
};

export function showProgress(footageCount: number): Progress {
  if (!process.stderr.isTTY) return { begin: () => {}, frames: () => {}, end: () => {} };
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} {name} {frames}',
    hideCursor: true,
    clearOnComplete: true,
    gracefulExit: false,
  });
  let begun = 0;
  let current = '';
  bar.start(footageCount, 0, { name: '', frames: '' });
  return {
    begin(name) {
      current = name;
      bar.update(begun++, { name: current, frames: '' });
    },
    frames: (count) => bar.update(begun - 1, { name: current, frames: `frame ${count}` }),
    end: () => bar.stop(),
  };
}
