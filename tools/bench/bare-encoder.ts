/** The doorbell's own ffmpeg command line, with nobody to read what it makes. */
import assert from 'node:assert/strict';

/** Both outputs go to /dev/null; all else stays as the doorbell asked. */
export function bareArguments(commandLine: readonly string[]): readonly string[] {
  const options = commandLine.slice(1);
  const pipes = options.filter((option) => option === 'pipe:1').length;
  const sockets = options.filter((option) => option.startsWith('unix:')).length;
  assert.deepEqual({ pipes, sockets }, { pipes: 1, sockets: 1 }, 'luma by pipe, MP4 by socket');
  const kept: string[] = [];
  for (let i = 0; i < options.length; i++) {
    const option = options[i] ?? '';
    // Options of the socket, each with its value.
    if (option === '-listen' || option === '-timeout') i++;
    else if (option === 'pipe:1' || option.startsWith('unix:')) kept.push('/dev/null');
    else kept.push(option);
  }
  return ['-y', ...kept];
}

/** Of several, the one that films: it is told how to encode. */
export const isEncoder = (commandLine: readonly string[]): boolean =>
  commandLine.includes('libx264');
