import { expect, test } from 'vitest';
import { progressLines } from '../../../tools/score/progress.ts';

test('where no terminal shows a bar, a line every thirty seconds says how far it is', () => {
  let nowMs = 1_000;
  const said: string[] = [];
  const progress = progressLines(
    2,
    () => nowMs,
    (line) => void said.push(line),
  );
  const frames = (name: string, count: number): void => {
    progress.begin(name);
    for (let frame = 1; frame <= count; frame++) {
      nowMs += 2_000;
      progress.frames(frame);
    }
  };
  frames('porch', 10);
  expect(said).toEqual([]);
  frames('street', 21);
  progress.end();
  expect(said).toEqual(['2 of 2: street, frame 5', '2 of 2: street, frame 20']);
});
