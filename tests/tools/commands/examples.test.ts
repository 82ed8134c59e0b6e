import { Command } from 'commander';
import { expect, test } from 'vitest';
import { groups } from '../../../tools/command-groups.ts';
import { examples } from '../../../tools/commands/examples.ts';

const mounts = await Promise.all(groups.flatMap(({ mounts }) => mounts).map(({ load }) => load()));

function program(onAction: () => void = () => {}): Command {
  const all = new Command('doorbell');
  for (const mount of mounts) mount(all);
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

test('the help of every command ends with an example', () => {
  expect(Object.keys(examples).toSorted()).toEqual(leaves(program()).toSorted());
});

test.each(
  Object.entries(examples).flatMap(([name, lines]) => lines.map((line) => `${name} ${line}`)),
)('doorbell %s can be typed', async (line) => {
  let acted = 0;
  await program(() => acted++).parseAsync(wordsOf(line), { from: 'user' });
  expect(acted).toBe(1);
});
