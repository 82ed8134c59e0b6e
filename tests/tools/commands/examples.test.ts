import { Command } from 'commander';
import { expect, test } from 'vitest';
import { groups } from '../../../tools/command-groups.ts';
import { examples } from '../../../tools/commands/examples.ts';

async function program(onAction: () => void = () => {}): Promise<Command> {
  const all = new Command('doorbell');
  for (const { load } of groups.flatMap(({ mounts }) => mounts)) (await load())(all);
  prepare(all, onAction);
  return all;
}

/** Parses as ever, does nothing, and throws instead of ending the process. */
function prepare(command: Command, onAction: () => void): void {
  command.exitOverride().configureOutput({ writeErr: () => {} });
  if (command.commands.length === 0) command.action(onAction);
  for (const each of command.commands) prepare(each, onAction);
}

const leaves = (command: Command, words: readonly string[] = []): string[] =>
  command.commands.length === 0
    ? [words.join(' ')]
    : command.commands.flatMap((each) => leaves(each, [...words, each.name()]));

/** As a shell would cut it, without what goes into a file. */
const wordsOf = (line: string): string[] =>
  [...line.replace(/ ?> \S+$/, '').matchAll(/"([^"]*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? plain ?? '',
  );

test('the help of every command ends with an example', async () => {
  expect(Object.keys(examples).toSorted()).toEqual(leaves(await program()).toSorted());
});

test.each(
  Object.entries(examples).flatMap(([name, lines]) => lines.map((line) => `${name} ${line}`)),
)('doorbell %s can be typed', async (line) => {
  let acted = 0;
  await (await program(() => acted++)).parseAsync(wordsOf(line), { from: 'user' });
  expect(acted).toBe(1);
});
