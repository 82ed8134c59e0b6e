/** Which clips have a file `<folder>/<thing>/<clip><suffix>`: journals and wrapped keys lie so. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { isThingName, isUlid } from '../../device/wire/ids.ts';
import type { ClipKey } from '../ports.ts';

export async function* clipsNamedIn(folder: string, suffix: string): AsyncIterable<ClipKey> {
  for await (const entry of await opendir(folder)) {
    const thing = entry.name;
    if (!entry.isDirectory() || !isThingName(thing)) continue;
    for await (const { name } of await opendir(join(folder, thing))) {
      const clip = name.slice(0, -suffix.length);
      if (name.endsWith(suffix) && isUlid(clip)) yield { thing, clip };
    }
  }
}
