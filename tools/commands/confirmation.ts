/** Asking before what cannot be undone. */
import { createInterface } from 'node:readline/promises';
import { CommandFailure } from './failure.ts';

/** Resolves when the answer is yes, or `--yes` was given; else a CommandFailure: nothing was done. */
export async function confirmed(
  question: string,
  options: { readonly yes?: boolean },
): Promise<void> {
  if (options.yes === true) return;
  if (!process.stdin.isTTY) {
    throw new CommandFailure(
      'this cannot be undone, and nobody is here to be asked: give --yes',
      2,
    );
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${question} This cannot be undone. [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw new CommandFailure('nothing was done');
  } finally {
    terminal.close();
  }
}
