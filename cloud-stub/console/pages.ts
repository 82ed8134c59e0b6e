/** The owner's page, read once: browser code stripped of its types, styles, icon, each with its tag. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import type { PageFile, Pages } from '../api/page-routes.ts';

const folder = import.meta.dirname;

export async function loadPages(): Promise<Pages> {
  const [scripts, styles] = await Promise.all([names('app', '.ts'), names('styles', '.css')]);
  const files = await Promise.all([
    load('/', 'index.html', 'text/html; charset=utf-8'),
    load('/console/favicon.svg', 'favicon.svg', 'image/svg+xml'),
    ...styles.map((name) => load(`/console/${name}`, name, 'text/css; charset=utf-8')),
    ...scripts.map((name) => load(`/console/${name}`, name, 'text/javascript; charset=utf-8')),
  ]);
  return new Map(files);
}

async function names(under: string, ending: string): Promise<string[]> {
  const all = await readdir(path.join(folder, under));
  return all.filter((name) => name.endsWith(ending)).map((name) => `${under}/${name}`);
}

async function load(url: string, name: string, mediaType: string): Promise<[string, PageFile]> {
  const text = await readFile(path.join(folder, name), 'utf8');
  const bytes = Buffer.from(name.endsWith('.ts') ? stripped(text) : text);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return [url, { mediaType, bytes, etag }];
}

/**
 * The same stripping that runs this very file, lines and columns kept. Node announces it as experimental on each
 * first use; that one notice is withheld, as an operator can do nothing about it.
 */
function stripped(code: string): string {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('stripTypeScriptTypes')) emitWarning(warning, ...rest);
  }) as typeof process.emitWarning;
  try {
    return stripTypeScriptTypes(code, { mode: 'strip' });
  } finally {
    process.emitWarning = emitWarning;
  }
}
