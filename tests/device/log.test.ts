import { expect, test } from 'vitest';
import { createLog, silentLog } from '../../device/log.ts';

function logged(logLevel: 'info' | 'warn', write: (log: ReturnType<typeof createLog>) => void) {
  const lines: Record<string, unknown>[] = [];
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) };
  write(createLog({ thing: 'bell', logLevel, logFile: null }, stream));
  return lines;
}

test('a line is a constant sentence with its data in fields', () => {
  const [line] = logged('info', (log) => log.info({ clip: 'x', bytes: 7 }, 'cut a torn fragment'));
  expect(line).toMatchObject({ thing: 'bell', clip: 'x', bytes: 7, msg: 'cut a torn fragment' });
});

test('less than the level is left out', () => {
  expect(logged('warn', (log) => log.info({}, 'x'))).toEqual([]);
});

test('secrets are not written', () => {
  const [line] = logged('info', (log) => log.info({ token: 'abc', key: 'def' }, 'x'));
  expect(JSON.stringify(line)).not.toMatch(/abc|def/);
});

test('an error keeps its message and its stack', () => {
  const [line] = logged('info', (log) => log.error({ error: new Error('torn') }, 'x'));
  expect(JSON.stringify(line)).toContain('torn');
});

test('the silent log says nothing', () => {
  expect(silentLog.info({}, 'x')).toBeUndefined();
});
