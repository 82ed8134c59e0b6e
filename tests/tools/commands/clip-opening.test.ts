import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { expect, test, vi } from 'vitest';
import { sealClip } from '../../../device/wire/footage-sealing.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { addClipOpening } from '../../../tools/commands/clip-opening.ts';
import { addKeyCommands, createOwnerKey } from '../../../tools/commands/owner-keys.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const thing = 'front-door' as ThingName;
const clip = '01HZZZZZZZZZZZZZZZZZZZZZZZ' as Ulid;
const still = '01HZZZZZZZZZZZZZZZZZZZZZZ1' as Ulid;
const footage = Buffer.from('ftyp, moov and all that follows');
const owner = createOwnerKey();

async function run(add: (program: Command) => void, ...argv: readonly string[]): Promise<void> {
  const program = new Command().exitOverride();
  add(program);
  await program.parseAsync(argv, { from: 'user' });
}

/** As a bag has it: the record names the device, and the wrapped keys lie beside the footage. */
function bagged(): { folder: string; args: string[] } {
  const folder = temporaryFolder();
  const sealer = sealClip({ thing, clip }, [owner.publicKey], randomBytes);
  const sealed = [sealer.parts.of(0, footage), sealer.end.of(1, new Uint8Array())];
  const file = (name: string) => join(folder, name);
  writeFileSync(file('clip.enc'), Buffer.concat(sealed));
  writeFileSync(file('still.enc'), sealer.still(still, Buffer.from('a picture')));
  writeFileSync(file('record.json'), JSON.stringify({ device: thing, clip, decryptable: false }));
  writeFileSync(file('clip.wrapped-keys.json'), JSON.stringify(sealer.e2ee));
  writeFileSync(file('key.pem'), owner.privatePem);
  return { folder, args: ['--record', file('record.json'), '--key', file('key.pem')] };
}

test('a clip and a still from a bag open with the key alone, without any cloud [EXP-5]', async () => {
  const { folder, args } = bagged();
  const all = [...args, '--wrapped-keys', join(folder, 'clip.wrapped-keys.json')];
  await run(addClipOpening, 'open', join(folder, 'clip.enc'), ...all);
  expect(readFileSync(join(folder, 'clip.mp4'))).toEqual(footage);
  await run(addClipOpening, 'open', join(folder, 'still.enc'), ...all, '--still', still);
  expect(readFileSync(join(folder, 'still.jpg'), 'utf8')).toBe('a picture');
});

test.each([
  ['a record without wrapped keys', () => [], 'has no wrapped keys: give --wrapped-keys'],
  [
    'a record that is none',
    (folder: string) => ['--wrapped-keys', join(folder, 'record.json')],
    'record.json is of no use',
  ],
  [
    'a key that is none',
    (folder: string) => [
      ...['--wrapped-keys', join(folder, 'clip.wrapped-keys.json')],
      ...['--key', join(folder, 'record.json')],
    ],
    'record.json is of no use: it has no BEGIN PRIVATE KEY',
  ],
])('%s is told', async (_what, more, message) => {
  const { folder, args } = bagged();
  const all = [join(folder, 'clip.enc'), ...args, ...more(folder)];
  await expect(run(addClipOpening, 'open', ...all)).rejects.toThrow(message);
});

test('a key is made for its owner only, and never over another', async () => {
  const out = join(temporaryFolder(), 'owner-key.pem');
  const said: string[] = [];
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line));
  try {
    await run(addKeyCommands, 'key', 'create', '--out', out);
    await run(addKeyCommands, 'key', 'show', out);
  } finally {
    log.mockRestore();
  }
  expect(statSync(out).mode & 0o777).toBe(0o600);
  expect(said[0]).toBe(said.at(-1));
  const before = readFileSync(out, 'utf8');
  await expect(run(addKeyCommands, 'key', 'create', '--out', out)).rejects.toThrow(
    'file already exists',
  );
  expect(readFileSync(out, 'utf8')).toBe(before);
});
