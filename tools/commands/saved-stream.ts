/** What comes, into a file that is whole or not there. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandFailure, reasonOf } from './failure.ts';

/** `-` is standard output. Throws CommandFailure. */
export async function saveStream(stream: Readable, out: string): Promise<void> {
  if (out === '-') {
    await pipeline(stream, process.stdout, { end: false });
    return;
  }
  // Under another name until it is whole, so that an interrupted copy is never taken for it.
  const unfinished = `${out}.part`;
  try {
    await pipeline(stream, createWriteStream(unfinished));
    await rename(unfinished, out);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw new CommandFailure(`${out} could not be saved: ${reasonOf(error)}`, 1, { cause: error });
  }
}
