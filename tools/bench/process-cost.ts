/** What a process and all its children cost, from /proc (proc_pid_stat(5)); Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import { CommandFailure } from '../commands/failure.ts';

/** Linux shows times to programs in these, whatever its own timer does. */
const ticksPerSecond = 100;

export type ProcessTimes = {
  readonly parent: number;
  /** User and system time of the process, and of those of its children that have ended. */
  readonly cpuS: number;
  /** Of the process alone. */
  readonly ownS: number;
};

/** `text`: one /proc/PID/stat. The name stands in brackets and may hold anything, brackets too. */
export function readTimes(text: string): ProcessTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const seconds = (...places: readonly number[]): number =>
    places.reduce((sum, i) => sum + Number(fields[i]), 0) / ticksPerSecond;
  return { parent: Number(fields[1]), cpuS: seconds(11, 12, 13, 14), ownS: seconds(11, 12) };
}

/** CPU time in seconds of `pid` alone, so far. */
export function cpuOfOneS(pid: number): number {
  const text = readProc(`${pid}/stat`);
  return text === null ? Number.NaN : readTimes(text).ownS;
}

/** CPU time in seconds of `pid` and everything below it, so far. */
export function cpuOfTreeS(pid: number): number {
  const processes = new Map<number, ProcessTimes>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const text = readProc(`${name}/stat`);
    if (text !== null) processes.set(Number(name), readTimes(text));
  }
  return sumBelow(processes, pid);
}

export function sumBelow(
  processes: ReadonlyMap<number, Pick<ProcessTimes, 'parent' | 'cpuS'>>,
  pid: number,
): number {
  let sum = processes.get(pid)?.cpuS ?? 0;
  for (const [child, { parent }] of processes) {
    if (parent === pid) sum += sumBelow(processes, child);
  }
  return sum;
}

/** Bytes of memory that are in use and in RAM. */
export const residentBytes = (pid: number): number => statusBytes(pid, 'VmRSS');

/**
 * The most that `residentBytes` of this process ever was. `maxRSS` of getrusage(2) is of no use for that: a child
 * begins with what its parent was at the fork.
 */
export const peakResidentBytes = (): number => statusBytes('self', 'VmHWM');

function statusBytes(pid: number | 'self', field: 'VmRSS' | 'VmHWM'): number {
  const status = readProc(`${pid}/status`) ?? '';
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
}

/** Command lines of the children of `pid`. */
export function commandLinesBelow(pid: number): readonly (readonly string[])[] {
  return readdirSync('/proc').flatMap((name) => {
    const text = /^\d+$/.test(name) ? readProc(`${name}/stat`) : null;
    if (text === null || readTimes(text).parent !== pid) return [];
    const line = readProc(`${name}/cmdline`);
    return line === null || line === '' ? [] : [line.split('\0').slice(0, -1)];
  });
}

export function requireProc(): void {
  if (readProc('self/stat') === null) {
    throw new CommandFailure('this bench reads /proc, which only Linux has', 2);
  }
}

/** Null when there is no such process any more. */
function readProc(name: string): string | null {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return null;
  }
}
