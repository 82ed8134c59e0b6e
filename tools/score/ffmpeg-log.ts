/** What ffmpeg complains of on stderr while it decodes (`-v level+error`). */
export type FfmpegLog = {
  take(text: string): void;
  /** Errors, in order, each once. */
  complaints(): readonly string[];
};

const complaintsMax = 20;
const lineCharsMax = 4_096;

export function createFfmpegLog(): FfmpegLog {
  const complaints: string[] = [];
  let rest = '';

  function takeLine(line: string): void {
    const complaint = /\[(?:error|fatal|panic)\] (.*\S)/.exec(line)?.[1];
    if (complaint === undefined || complaints.length === complaintsMax) return;
    if (!complaints.includes(complaint)) complaints.push(complaint);
  }

  return {
    take(text) {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(-lineCharsMax);
      for (const line of lines) takeLine(line);
    },
    complaints: () => complaints,
  };
}
