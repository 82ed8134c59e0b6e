/** What every Flash must do. */
import { describe, expect, test } from 'vitest';
import { type Flash, FlashError, FlashFullError } from '../../device/board.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (found: Uint8Array | null): string | null =>
  found === null ? null : Buffer.from(found).toString();

/** `openFlash` gives an empty one of that capacity. */
export function flashContract(
  name: string,
  openFlash: (capacityBytes: number) => Promise<Flash>,
): void {
  describe(`${name} is a flash`, () => {
    test('what was written, appended and cut is read back', async () => {
      const flash = await openFlash(1000);
      await flash.write('clips/one/chunks', bytes('abc'));
      await flash.append('clips/one/chunks', bytes('def'));
      expect(text(await flash.read('clips/one/chunks'))).toBe('abcdef');
      await flash.truncate('clips/one/chunks', 4);
      await flash.truncate('clips/one/chunks', 400);
      expect(text(await flash.read('clips/one/chunks'))).toBe('abcd');
      await flash.write('clips/one/chunks', bytes('z'));
      expect(text(await flash.read('clips/one/chunks'))).toBe('z');
      await flash.sync('clips/one/chunks');
      await flash.syncNames('clips/one');
      await flash.syncNames('');
    });

    test('appending makes the file', async () => {
      const flash = await openFlash(1000);
      await flash.append('events/log', bytes('x'));
      expect(text(await flash.read('events/log'))).toBe('x');
    });

    test('a range ends where the file ends', async () => {
      const flash = await openFlash(1000);
      await flash.write('a', bytes('0123456789'));
      expect(text(await flash.readRange('a', 2, 3))).toBe('234');
      expect(text(await flash.readRange('a', 8, 10))).toBe('89');
      expect(text(await flash.readRange('a', 20, 5))).toBe('');
    });

    test('bytes handed over or back are copies', async () => {
      const flash = await openFlash(1000);
      const given = bytes('abc');
      await flash.write('a', given);
      given[0] = 0;
      const got = await flash.read('a');
      got?.fill(0);
      expect(text(await flash.read('a'))).toBe('abc');
    });

    test('a folder lists its names in order, and nothing deeper', async () => {
      const flash = await openFlash(1000);
      await flash.write('clips/b/x', bytes('1'));
      await flash.write('clips/a', bytes('1'));
      await flash.write('clips/c', bytes('1'));
      await flash.write('other', bytes('1'));
      expect(await flash.list('clips')).toEqual(['a', 'b', 'c']);
      expect(await flash.list('')).toEqual(['clips', 'other']);
      expect(await flash.list('nowhere')).toEqual([]);
    });

    test('renaming moves a file or a folder and replaces a file', async () => {
      const flash = await openFlash(1000);
      await flash.write('a.new', bytes('new'));
      await flash.write('a', bytes('older'));
      await flash.rename('a.new', 'a');
      expect([await flash.read('a.new'), text(await flash.read('a'))]).toEqual([null, 'new']);
      await flash.write('staged/one/x', bytes('1'));
      await flash.rename('staged/one', 'clips/one');
      expect(text(await flash.read('clips/one/x'))).toBe('1');
      expect(await flash.list('staged')).toEqual([]);
      expect(await flash.usage()).toEqual({ capacityBytes: 1000, usedBytes: 4 });
    });

    test('removing takes a folder with all in it, and what is not there is no error', async () => {
      const flash = await openFlash(1000);
      await flash.write('clips/one/x', bytes('12'));
      await flash.write('clips/one/y', bytes('34'));
      await flash.write('clips/two', bytes('56'));
      await flash.remove('clips/one');
      await flash.remove('clips/one');
      expect(await flash.list('clips')).toEqual(['two']);
      expect((await flash.usage()).usedBytes).toBe(2);
    });

    test('a file that is not there reads as null and cannot be cut, synced, renamed or ranged', async () => {
      const flash = await openFlash(1000);
      expect(await flash.read('none')).toBeNull();
      await expect(flash.readRange('none', 0, 1)).rejects.toThrow(FlashError);
      await expect(flash.truncate('none', 0)).rejects.toThrow(FlashError);
      await expect(flash.sync('none')).rejects.toThrow(FlashError);
      await expect(flash.rename('none', 'b')).rejects.toThrow(FlashError);
    });

    test('what does not fit is refused and changes nothing', async () => {
      const flash = await openFlash(10);
      await flash.write('a', bytes('12345678'));
      await expect(flash.write('b', bytes('123'))).rejects.toThrow(FlashFullError);
      await expect(flash.append('a', bytes('123'))).rejects.toThrow(FlashFullError);
      await expect(flash.write('a', bytes('12345678901'))).rejects.toThrow(FlashFullError);
      expect(text(await flash.read('a'))).toBe('12345678');
      expect(await flash.list('')).toEqual(['a']);
      expect(await flash.usage()).toEqual({ capacityBytes: 10, usedBytes: 8 });
      // Replacing needs room for the difference only.
      await flash.write('a', bytes('1234567890'));
      await flash.remove('a');
      await flash.write('b', bytes('1234567890'));
    });

    test('files written side by side are all counted', async () => {
      const flash = await openFlash(1000);
      await Promise.all([...'abcdefghij'].map((name) => flash.write(name, bytes('12345'))));
      expect((await flash.usage()).usedBytes).toBe(50);
      expect(await flash.list('')).toEqual([...'abcdefghij']);
    });

    test.each(['../up', 'a/../../b', '/etc/passwd', '', 'a//b', '.hidden', 'a\0b', 'a\\b', 'a/'])(
      'the path %j is refused',
      async (path) => {
        const flash = await openFlash(1000);
        await expect(flash.write(path, bytes('x'))).rejects.toThrow(FlashError);
        await expect(flash.read(path)).rejects.toThrow(FlashError);
        await expect(flash.remove(path)).rejects.toThrow(FlashError);
        await expect(flash.rename('a', path)).rejects.toThrow(FlashError);
      },
    );
  });
}
