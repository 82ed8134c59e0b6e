/** The scenes that ship with the project, as a doorbell's footage. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { crc32c } from '../../device/wire/crc32c.ts';
import { CommandFailure } from './failure.ts';

const folder = path.join(import.meta.dirname, '../../fixtures/scenes');

export const demoFootage = path.join(folder, 'demo', 'footage.mp4');

/** The footage of a scene; `any` gives each doorbell one by its name, the same at each start. */
export function sceneFootage(scene: string, thing: string): string {
  const names = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const name = scene === 'any' ? names[crc32c(Buffer.from(thing)) % names.length] : scene;
  if (name === undefined || !names.includes(name)) {
    throw new CommandFailure(`no scene "${scene}": any, or one of ${names.join(', ')}`, 2);
  }
  return path.join(folder, name, 'footage.mp4');
}
