import { expect, test } from 'vitest';
import { createForgetfulFlash } from '../../../tools/simulation/forgetful-flash.ts';
import { flashContract } from '../../contract/flash.ts';

flashContract('the forgetful flash', async (capacityBytes) => createForgetfulFlash(capacityBytes));

const bytes = (text: string): Uint8Array => Buffer.from(text);
// Names survive below 0.5, unsynced content from 0.35 on.
const keepAll = () => 0;
const loseAll = () => 0.34;
const text = (found: Uint8Array | null): string | null =>
  found === null ? null : Buffer.from(found).toString();

test('what was synced, and its name, survives any power cut', async () => {
  const flash = createForgetfulFlash();
  await flash.append('a/b', bytes('synced'));
  await flash.sync('a/b');
  await flash.syncNames('a');
  await flash.append('a/b', bytes(' and not'));
  for (const draw of [keepAll, loseAll, () => 0.99]) {
    expect(text(await flash.cutPower(draw).read('a/b'))).toMatch(/^synced/);
  }
});

test('a name that was not synced may be gone, and content that was not synced too', async () => {
  const flash = createForgetfulFlash();
  await flash.write('a', bytes('x'));
  await flash.sync('a');
  expect(await flash.cutPower(() => 0.99).read('a')).toBeNull();
  await flash.write('b', bytes('x'));
  await flash.syncNames('');
  expect(text(await flash.cutPower(loseAll).read('b'))).toBe('');
});

test('a rename that was not synced leaves one of the two names', async () => {
  const flash = createForgetfulFlash();
  await flash.write('new', bytes('x'));
  await flash.sync('new');
  await flash.syncNames('');
  await flash.rename('new', 'old');
  for (const draw of [() => 0.1, () => 0.99]) {
    const after = flash.cutPower(draw);
    expect([text(await after.read('new')), text(await after.read('old'))]).toContain('x');
  }
});

test('from the chosen operation on nothing works', async () => {
  const flash = createForgetfulFlash();
  let told = 0;
  flash.failFrom(1, () => told++);
  await flash.write('a', bytes('x'));
  await expect(flash.sync('a')).rejects.toThrow('the power is off');
  await expect(flash.syncNames('')).rejects.toThrow('the power is off');
  expect(told).toBe(1);
});

test('what a failed sync has lost no later sync makes durable, unless it is written anew', async () => {
  const flash = createForgetfulFlash();
  await flash.append('a', bytes('kept'));
  await flash.sync('a');
  await flash.syncNames('');
  await flash.append('a', bytes(' lost'));
  flash.loseUnsynced('a');
  await flash.append('a', bytes(' late'));
  await flash.sync('a');
  expect(text(await flash.read('a'))).toBe('kept lost late');
  expect(text(await flash.cutPower(loseAll).read('a'))).toBe(`kept${'\0'.repeat(5)} late`);
  await flash.truncate('a', 4);
  await flash.append('a', bytes(' anew'));
  await flash.sync('a');
  expect(text(await flash.cutPower(loseAll).read('a'))).toBe('kept anew');
});
