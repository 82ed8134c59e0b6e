/** A bag written out as its recipient gets it, and checked with the tools the bag itself names. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { commandMark } from '../../cloud-stub/legal/export-readme.ts';
import type { OpenBag } from '../../cloud-stub/services/exports/exports.ts';

const run = promisify(execFile);

/** Gives the bag's folder. */
export async function unpackBag(bag: OpenBag, into: string): Promise<string> {
  const folder = path.join(into, bag.name);
  for (const file of bag.files) {
    const parts: Uint8Array[] = [];
    for await (const part of bag.read(file.path)) parts.push(part);
    const target = path.join(folder, file.path);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, Buffer.concat(parts));
  }
  return folder;
}

export type CommandRun = {
  readonly command: string;
  readonly ok: boolean;
  /** What it said, in one line. */
  readonly said: string;
};

/** Runs the commands of README-VERIFY.txt as they stand there; bagit-python's only where it is. */
export async function runReadme(folder: string, readme: string): Promise<readonly CommandRun[]> {
  const commands = readme
    .split('\n')
    .filter((line) => line.startsWith(commandMark))
    .map((line) => line.slice(commandMark.length));
  const runs: CommandRun[] = [];
  for (const command of commands) {
    if (command.startsWith('bagit.py')) continue;
    runs.push(await runOne(folder, command));
  }
  return runs;
}

async function runOne(folder: string, command: string): Promise<CommandRun> {
  try {
    const { stdout, stderr } = await run('bash', ['-c', command], { cwd: folder });
    return { command, ok: true, said: inOneLine(stdout) || inOneLine(stderr) };
  } catch (error) {
    return { command, ok: false, said: inOneLine(error instanceof Error ? error.message : '') };
  }
}

const inOneLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? '';
