import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { Housing, type HousingChange } from '../../../device/peripherals/housing.ts';
import {
  readScript,
  type Script,
  ScriptError,
  ScriptedHardware,
} from '../../../device/peripherals/scripted-hardware.ts';
import { uptimeMs } from '../../../device/wire/time.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const script: Script = {
  v: 1,
  actions: [
    { atMs: 700, do: 'button', edge: 'released' },
    { atMs: 500, do: 'button', edge: 'pressed' },
    { atMs: 900, do: 'night-mode', on: true },
    { atMs: 1500, do: 'porch-light', on: true },
  ],
};

let housing: Housing;
let happened: string[];
const record = (change: HousingChange): void => {
  happened.push(`${change.at} ${change.kind}${'on' in change ? ` ${change.on}` : ''}`);
};
beforeEach(() => {
  housing = new Housing();
  happened = [];
  housing.button.onEdge(record);
  housing.sensors.onChange(record);
});

const boot = uptimeMs(10_000);

test('what is due is done in order, at the time of the footage', () => {
  const hardware = new ScriptedHardware(script, housing);
  hardware.advance(499, boot, null);
  expect(happened).toEqual([]);
  hardware.advance(500, boot, null);
  expect(happened).toEqual(['10500 pressed']);
  hardware.advance(99_999, boot, null);
  hardware.advance(199_999, boot, null);
  expect(happened).toEqual([
    '10500 pressed',
    '10700 released',
    '10900 night-mode true',
    '11500 porch-light true',
  ]);
});

test('looped footage loops its script; what lies past its end never happens', () => {
  const hardware = new ScriptedHardware(script, housing);
  for (let ms = 0; ms <= 2600; ms += 100) hardware.advance(ms, boot, 1000);
  expect(happened.filter((line) => line.includes('pressed'))).toEqual([
    '10500 pressed',
    '11500 pressed',
    '12500 pressed',
  ]);
  expect(happened.some((line) => line.includes('porch-light'))).toBe(false);
  // It was night already.
  expect(happened.filter((line) => line.includes('night-mode'))).toEqual(['10900 night-mode true']);
});

test('a leap over several loops does all of them', () => {
  const hardware = new ScriptedHardware(script, housing);
  hardware.advance(3400, boot, 1000);
  expect(happened.filter((line) => line.endsWith('pressed'))).toHaveLength(3);
});

test('a stream that begins anew begins the script anew, with the finger off the button', () => {
  const hardware = new ScriptedHardware(script, housing);
  hardware.advance(600, boot, null);
  hardware.advance(550, uptimeMs(20_000), null);
  expect(happened).toEqual(['10500 pressed', '20000 released', '20500 pressed']);
});

test('a stream that turns out to have begun sooner is the same showing, its actions dated by that', () => {
  const hardware = new ScriptedHardware(script, housing);
  hardware.advance(500, boot, null);
  hardware.advance(900, uptimeMs(9_800), null);
  expect(happened).toEqual(['10500 pressed', '10500 released', '10700 night-mode true']);
});

test('an empty script does nothing, even looped', () => {
  new ScriptedHardware({ v: 1, actions: [] }, housing).advance(1e9, boot, 1000);
  expect(happened).toEqual([]);
});

test('two fingers make one press', () => {
  housing.press(uptimeMs(1));
  housing.press(uptimeMs(2));
  housing.release(uptimeMs(3));
  expect(housing.state.pressed).toBe(true);
  housing.release(uptimeMs(4));
  housing.release(uptimeMs(5));
  expect(happened).toEqual(['1 pressed', '4 released']);
});

test.each([
  ['not JSON', '{', /expected JSON with v and actions/],
  ['another version', '{"v":2,"actions":[]}', /v/],
  ['an unknown act', '{"v":1,"actions":[{"atMs":1,"do":"explode"}]}', /actions\[0\]/],
  ['a negative time', '{"v":1,"actions":[{"atMs":-1,"do":"night-mode","on":true}]}', /atMs/],
])('a script with %s is refused by name', async (_name, text, because) => {
  const file = join(temporaryFolder(), 'script.json');
  writeFileSync(file, text);
  const refusal = await readScript(file).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(ScriptError);
  expect((refusal as ScriptError).message).toContain(file);
  expect((refusal as ScriptError).message).toMatch(because);
});
