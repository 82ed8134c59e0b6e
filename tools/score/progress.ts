/** How far long work over footage is: a bar on a terminal, elsewhere a line now and then. On stderr. */
import cliProgress from 'cli-progress';

export type Progress = {
  /** A piece of footage begins. */
  begin(name: string): void;
  frames(count: number): void;
  end(): void;
};

export const showProgress = (footageCount: number): Progress =>
  process.stderr.isTTY
    ? progressBar(footageCount)
    : progressLines(footageCount, () => performance.now(), console.error);

function progressBar(footageCount: number): Progress {
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

/** Rare enough for a log, and short work stays silent. */
const lineEveryMs = 30_000;

export function progressLines(
  footageCount: number,
  nowMs: () => number,
  say: (line: string) => void,
): Progress {
  let saidAtMs = nowMs();
  let begun = 0;
  let current = '';
  return {
    begin(name) {
      current = name;
      begun++;
    },
    frames(count) {
      if (nowMs() - saidAtMs < lineEveryMs) return;
      saidAtMs = nowMs();
      say(`${begun} of ${footageCount}: ${current}, frame ${count}`);
    },
    end() {},
  };
}
