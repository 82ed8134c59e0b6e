/**
 * What ffmpeg says on stderr while it decodes (`-v level+info`, with the showinfo filter): a line for each frame with
 * its time and size, and its complaints.
 */
export type FrameLine = {
  /** Since the stream's own zero; null where the footage has no time for the frame. */
  readonly atMs: number | null;
  /** `320x180`, before anything made frames of another size fit. */
  readonly size: string;
};

export type FfmpegLog = {
  take(text: string): void;
  /** The line of a frame, once it has been said. */
  frame(index: number): FrameLine | undefined;
  /** The frame at which the picture changed its form, and ffmpeg began to count anew; null if it never did. */
  changedAt(): number | null;
  /** Frames a second as the file has it; null when it says none, or nonsense. */
  frameRate(): number | null;
  /** Errors, in order, each once. */
  complaints(): readonly string[];
};

const complaintsMax = 20;
const lineCharsMax = 4_096;
const rateMax = 1_000;

export function createFfmpegLog(): FfmpegLog {
  const frames: FrameLine[] = [];
  const complaints: string[] = [];
  let timeBaseMs = 0;
  let frameRate: number | null = null;
  let changedAt: number | null = null;
  let rest = '';

  function takeLine(line: string): void {
    const frame = /\bn: *(\d+) pts: *(\S+) .*\bs:(\d+x\d+)/.exec(line);
    if (frame !== null) {
      const pts = Number(frame[2]);
      if (Number(frame[1]) !== frames.length) changedAt ??= frames.length;
      frames.push({ atMs: Number.isFinite(pts) ? pts * timeBaseMs : null, size: frame[3] ?? '' });
      return;
    }
    const config = /config in time_base: (\d+)\/(\d+), frame_rate: (\d+)\/(\d+)/.exec(line);
    if (config !== null) {
      const [, ticks = 0, a = 0, b = 0, c = 0] = config.map(Number);
      timeBaseMs = (ticks * 1000) / a;
      frameRate ??= b / c > 0 && b / c <= rateMax ? b / c : null;
      return;
    }
    const complaint = /\[(?:error|fatal|panic)\] (.*\S)/.exec(line)?.[1];
    if (complaint !== undefined && complaints.length < complaintsMax) {
      if (!complaints.includes(complaint)) complaints.push(complaint);
    }
  }

  return {
    take(text) {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-lineCharsMax);
      for (const line of lines) takeLine(line);
    },
    frame: (index) => frames[index],
    changedAt: () => changedAt,
    frameRate: () => frameRate,
    complaints: () => complaints,
  };
}
