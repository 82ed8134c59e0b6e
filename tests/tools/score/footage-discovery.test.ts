import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type DiscoveryOptions, findFootage } from '../../../tools/score/footage-discovery.ts';
import type { Unscored } from '../../../tools/score/footage-fault.ts';
import { asFound, writeGrey } from '../../support/footage/scored-footage.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const scenes = join(import.meta.dirname, '../../../fixtures/scenes');
const header = 'file,start_frame,end_frame,fps,label,basis,tolerance_frames,note\n';

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

async function find(paths: readonly string[], options: Partial<DiscoveryOptions> = {}) {
  const notes: string[] = [];
  const onNote = (note: string): void => void notes.push(note);
  const footage = await findFootage(paths, { ...asFound, onNote, ...options });
  return { footage, notes, names: footage.map(({ name }) => name) };
}

describe('what a path holds', () => {
  test('videos of a folder and the folders in it, by name; hidden ones are left alone', async () => {
    const folder = folderWith({
      'b.mkv': '',
      'a.MP4': '',
      'notes.txt': '',
      '.trash/x.mp4': '',
      'night/c.avi': '',
    });
    expect((await find([folder])).names).toEqual(['a.MP4', 'b.mkv', 'c.avi']);
  });

  test('folders and files behind links', async () => {
    const away = folderWith({ 'c.avi': '' });
    const folder = folderWith({ 'a.mp4': '' });
    symlinkSync(away, join(folder, 'more'));
    symlinkSync(join(away, 'c.avi'), join(folder, 'd.avi'));
    expect((await find([folder])).names).toEqual(['a.mp4', 'd.avi', 'c.avi']);
  });

  test('names are unique: by folder, and by number where that is not enough', async () => {
    const folder = folderWith({ 'a/day/walk.mp4': '', 'b/day/walk.mp4': '', 'night/walk.mp4': '' });
    const { names } = await find([folder]);
    expect(names).toEqual(['day/walk.mp4', 'day/walk.mp4 (2)', 'night/walk.mp4']);
  });

  test('what is named more than once counts once', async () => {
    const folder = folderWith({ 'day/walk.mp4': '' });
    const { names, notes } = await find([folder, join(folder, 'day'), `${folder}/day/walk.mp4`]);
    expect(names).toEqual(['walk.mp4']);
    const file = join(folder, 'day/walk.mp4');
    const note = `${file} is named more than once, and counted once`;
    expect(notes).toEqual([note, note]);
  });

  test('images as people count, at the rate asked for', async () => {
    const folder = folderWith({ 'f2.png': '', 'f10.png': '', 'f1.PNG': '' });
    const { footage } = await find([folder], { framesPerSecond: 4 });
    const names = footage[0]?.source.images?.map((file) => file.slice(folder.length + 1));
    expect(names).toEqual(['f1.PNG', 'f2.png', 'f10.png']);
    expect(footage[0]?.source.framesPerSecond).toBe(4);
    expect(footage[0]?.notes).toEqual([
      '7 numbers are missing: 3-9; the pictures about a gap follow each other',
    ]);
  });

  test('a scene, also by its video; boxes alone are truth enough', async () => {
    const whole = await find([join(scenes, 'cat/footage.mp4')]);
    expect(whole.footage[0]).toMatchObject({ name: 'cat', category: 'scenes' });
    expect(whole.footage[0]?.truth.masks).not.toBeNull();
    expect(whole.footage[0]?.truth.light(0)).toBe('night');
    const slow = await find([join(scenes, 'cat')], { framesPerSecond: 5 });
    expect(slow.footage[0]?.source.framesPerSecond).toBe(5);
    const folder = join(temporaryFolder(), 'mine');
    for (const file of ['truth.json', 'footage.mp4']) {
      cpSync(join(scenes, 'cat', file), join(folder, file));
    }
    const boxed = await find([folder]);
    expect(boxed.footage[0]?.truth.boxes?.(100)).toHaveLength(1);
    expect(boxed.footage[0]?.truth.masks).toBeNull();
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['an empty folder', { 'readme.txt': '' }, /no footage in it/],
    ['images without a rate', { 'a.png': '', 'b.png': '' }, /no frame rate, expected --rate/],
    [
      'images of two kinds',
      { 'a.png': '', 'b.jpg': '' },
      /images of several kinds \(\.png, \.jpg\)/,
    ],
  ])('%s is refused', async (_what, files, expected) => {
    await expect(find([folderWith(files)])).rejects.toThrow(expected);
  });

  test('images without a rate among videos are left out by name', async () => {
    const folder = folderWith({ 'a.mp4': '', 'stills/1.png': '', 'stills/2.png': '' });
    const { names, notes } = await find([folder]);
    expect(names).toEqual(['a.mp4']);
    expect(notes).toEqual([
      `left out: ${join(folder, 'stills')}: images have no frame rate, expected --rate`,
    ]);
  });

  const broken = {
    'baseline/office/input/in000001.jpg': '',
    'baseline/office/groundtruth/readme.txt': '',
    'labelled/a.mp4': '',
    'labelled/events.csv': 'a.mp4;0;9;10;PERSON',
    'mixed/1.png': '',
    'mixed/2.jpg': '',
    'mixed/deeper/b.mp4': '',
  };
  const whys = ['expected gt000001.png', 'expected file,start_frame', 'images of several kinds'];

  test('what is no footage is told with its reason and does not hide the rest', async () => {
    const faults: Unscored[] = [];
    const onFault = (fault: Unscored): void => void faults.push(fault);
    const folder = folderWith(broken);
    const { names } = await find([folder], { framesPerSecond: 5, onFault });
    expect(names).toEqual(['b.mp4']);
    const [office, a, mixed] = whys.map((why) => expect.stringContaining(why));
    expect(faults).toEqual([
      { name: 'office', because: office },
      { name: 'a.mp4', because: a },
      { name: 'mixed', because: mixed },
    ]);
    const given = ['baseline/office', 'mixed/deeper'].map((name) => join(folder, name));
    expect((await find(given, { onFault })).names).toEqual(['b.mp4']);
  });

  test('labels that cannot be read are told by name', async () => {
    const folder = folderWith({ 'a.mp4': '', 'events.csv/x': '' });
    await expect(find([folder])).rejects.toThrow(`${folder}/events.csv: illegal operation`);
  });

  test('where nothing but that is found, its reason is the refusal', async () => {
    const given = join(folderWith(broken), 'baseline');
    await expect(find([given], { onFault: () => {} })).rejects.toThrow(whys[0]);
  });

  test('a link that leads back is not followed round and round', async () => {
    const folder = folderWith({ 'day/a.mp4': '' });
    symlinkSync(folder, join(folder, 'day', 'again'));
    expect((await find([folder])).names).toEqual(['a.mp4']);
  });

  test('a path that is not there is refused by name', async () => {
    await expect(find(['/nowhere/at all'])).rejects.toThrow(
      '/nowhere/at all: no such file or folder',
    );
  });
});

describe('the truth beside it', () => {
  test('events.csv names files of its folder and of folders in it', async () => {
    const lines = `a.mp4,0,9,12.5,PERSON,eye,1,\nnight/b.mp4,3,4,10,NO_MOTION,eye,0,\n`;
    const folder = folderWith({ 'events.csv': header + lines, 'a.mp4': '', 'night/b.mp4': '' });
    const { footage, notes } = await find([folder]);
    expect(notes).toEqual([]);
    expect(footage.map(({ source }) => source.framesPerSecond)).toEqual([12.5, 10]);
    expect(footage.map(({ truth }) => truth.intervals?.map(({ label }) => label))).toEqual([
      ['PERSON'],
      ['NO_MOTION'],
    ]);
    const alone = await find([join(folder, 'night/b.mp4')]);
    expect(alone.footage[0]?.truth.intervals).toHaveLength(1);
  });

  test('events.csv names a folder of images, and gives its rate', async () => {
    const folder = folderWith({ 'events.csv': `${header}walk,0,1,6,PERSON,eye,0,\n` });
    for (const n of [1, 2]) await writeGrey(join(folder, `walk/${n}.png`), 32, 32, () => 0);
    const { footage } = await find([folder]);
    expect(footage[0]?.source.framesPerSecond).toBe(6);
    expect(footage[0]?.truth.intervals).toHaveLength(1);
  });

  test('what events.csv names and is not there is told', async () => {
    const csv = `${header}wlak.mp4,0,1,6,PERSON,eye,0,\n`;
    const folder = folderWith({ 'events.csv': csv, 'walk.mp4': '' });
    const { notes } = await find([folder]);
    expect(notes).toEqual([`${join(folder, 'events.csv')} names wlak.mp4, which is not there`]);
  });

  test('walk_gt.mkv is the masks of walk.mp4, and no footage', async () => {
    const { footage } = await find([folderWith({ 'walk.mp4': '', 'walk_gt.mkv': '' })]);
    expect(footage.map(({ name, truth }) => [name, truth.masks !== null])).toEqual([
      ['walk.mp4', true],
    ]);
  });

  test('cam_gt_f3.png is a mask of cam_4fps.mkv, and not of cam2.mkv', async () => {
    const folder = folderWith({ 'cam_4fps.mkv': '', 'cam2.mkv': '' });
    await writeGrey(join(folder, 'cam_gt_f3.png'), 32, 24, () => 255);
    const { footage } = await find([folder]);
    expect(footage.map(({ name, truth }) => [name, truth.masks !== null])).toEqual([
      ['cam2.mkv', false],
      ['cam_4fps.mkv', true],
    ]);
    const masks = footage[1]?.truth.masks;
    expect(await masks?.maskOf(2)).toBeNull();
    expect((await masks?.maskOf(3))?.bytes[0]).toBe(255);
    expect(await masks?.misfit(3)).toBe('masks of frames 3, which it has not');
    expect(await masks?.misfit(4)).toBeNull();
  });
});
