/** What runs on this machine: as /proc has it, which needs no program; elsewhere as `ps` does. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export type RunningProcess = {
  readonly pid: number;
  readonly parent: number;
  /** Its command line. Empty: it has ended, and nobody has looked. */
  readonly words: string;
};

export function runningProcesses(): readonly RunningProcess[] {
  return existsSync('/proc/self/stat') ? fromProc() : fromPs();
}

/** Of this process, or of another one. */
export const childrenOf = (parent: number = process.pid): readonly RunningProcess[] =>
  runningProcesses().filter((each) => each.parent === parent);

const fromProc = (): readonly RunningProcess[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The name stands in brackets and may hold anything, brackets too; then state and parent.
        const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return [{ pid: Number(name), parent: Number(parent), words }];
      } catch {
        return []; // gone since it was listed
      }
    });

function fromPs(): readonly RunningProcess[] {
  const ps = ['-e', '-o', 'pid=,ppid=,stat=,args='];
  const all = execFileSync('ps', ps, { encoding: 'utf8' });
  return [...all.matchAll(/^ *(\d+) +(\d+) +(\S+) +(.*)$/gm)]
    .filter(([, , , , words = '']) => !words.startsWith('ps -e'))
    .map(([, pid, parent, state = '', words = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      words: state.startsWith('Z') ? '' : words,
    }));
}
