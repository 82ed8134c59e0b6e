/** `npm run build:simd`: builds device/vision/simd with AssemblyScript into the file that the detector imports. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import asc from 'assemblyscript/asc';

const root = path.join(import.meta.dirname, '..');
const source = 'device/vision/simd/kernels.ts';
const target = path.join(root, 'device/vision/simd-module.ts');
const columns = 96;

/** The text of `simd-module.ts`: the same bytes wherever it is built. */
export async function buildSimdModule(): Promise<string> {
  let built: Uint8Array | null = null;
  const { error, stderr } = await asc.main(
    [
      source,
      ...['--baseDir', root, '--outFile', 'kernels.wasm', '-O3', '--noAssert'],
      ...['--runtime', 'stub', '--importMemory', '--noExportMemory', '--enable', 'simd'],
      // Functions that take vectors are called by one another, never from outside.
      ...['--disableWarning', '112'],
    ],
    {
      writeFile: (_name, contents) => {
        built = contents as Uint8Array;
      },
    },
  );
  if (error !== null || built === null) throw new Error(`${source}: ${stderr.toString()}`);
  const base64 = Buffer.from(built).toString('base64');
  const lines = base64.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [];
  return [
    '/** Built from simd/ by `npm run build:simd`: WebAssembly in base64. */',
    `export const simdModule = \`\n${lines.join('\n')}\n\`;`,
    '',
  ].join('\n');
}

if (import.meta.main) await writeFile(target, await buildSimdModule());
