/** Checks what the compiler and the linter cannot: import directions, purity, lengths, machine paths, rule ids. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  columnsMax,
  directions,
  impure,
  linesMax,
  machinePaths,
  pureFolders,
  seamedFolders,
  stray,
} from './tidy-rules.ts';

export type SourceFile = { readonly path: string; readonly text: string };
export type Breach = { readonly path: string; readonly line: number; readonly because: string };

export function tidy(files: readonly SourceFile[]): Breach[] {
  return files.flatMap((file) => {
    const isCode = /\.(ts|mjs)$/.test(file.path);
    return isCode
      ? [
          ...importBreaches(file),
          ...purityBreaches(file),
          ...shapeBreaches(file),
          ...pathBreaches(file),
        ]
      : pathBreaches(file);
  });
}

function importBreaches(file: SourceFile): Breach[] {
  const row = directions.find(({ folder }) => file.path.startsWith(folder));
  if (row === undefined || file.path.startsWith('tests/')) return [];
  return matches(file, /(?:from|import\()\s*'(\.[^']*)'/g).flatMap(({ line, found }) => {
    const target = path.posix.join(path.posix.dirname(file.path), found);
    return row.may.some((allowed) => target.startsWith(allowed))
      ? []
      : [{ path: file.path, line, because: `${row.folder} may not import ${target}` }];
  });
}

function purityBreaches(file: SourceFile): Breach[] {
  const rules = pureFolders.some((folder) => file.path.startsWith(folder))
    ? impure
    : seamedFolders.some((folder) => file.path.startsWith(folder))
      ? stray
      : [];
  return withoutComments(file.text).flatMap((text, index) =>
    rules
      .filter(([pattern]) => pattern.test(text))
      .map(([, because]) => ({ path: file.path, line: index + 1, because })),
  );
}

function shapeBreaches(file: SourceFile): Breach[] {
  const lines = file.text.replace(/\n$/, '').split('\n');
  const long = lines.flatMap((text, index) =>
    text.length > columnsMax
      ? [{ path: file.path, line: index + 1, because: `${text.length} columns` }]
      : [],
  );
  const tall =
    lines.length > linesMax && !file.path.startsWith('tests/')
      ? [
          {
            path: file.path,
            line: linesMax,
            because: `${lines.length} lines, ${linesMax} is enough`,
          },
        ]
      : [];
  return [...long, ...tall];
}

function pathBreaches(file: SourceFile): Breach[] {
  if (file.path === 'tools/tidy-rules.ts' || file.path === 'tests/tools/tidy.test.ts') return [];
  return matches(file, new RegExp(machinePaths, 'gm')).map(({ line }) => ({
    path: file.path,
    line,
    because: 'names a path or a host of one machine',
  }));
}

/**
 * Every rule that a README's table states must stand in code that obeys it and in the title of a test that would
 * fail without it. `rules` are the ids found at the head of table rows.
 */
export function untestedRules(files: readonly SourceFile[]): Breach[] {
  const sources = files.filter(({ path }) => /^(device|cloud-stub|tools)\/.*\.ts$/.test(path));
  const tests = files.filter(({ path }) => /^tests\/.*\.ts$/.test(path));
  return files
    .filter(({ path }) => path.endsWith('README.md'))
    .flatMap((readme) =>
      matches(
        readme,
        /^(?:\||-) \*{0,2}((?:DEV|WIRE|RET|DEL|HLD|LEG|EXP|LOG|SEC|CAP)-\d+)\b/gm,
      ).flatMap(({ line, found }) => {
        const named = new RegExp(`\\b${found}\\b`);
        const missing = [
          ...(sources.some(({ text }) => named.test(text)) ? [] : ['code']),
          ...(tests.some(({ text }) => named.test(text)) ? [] : ['a test']),
        ];
        return missing.map((where) => ({
          path: readme.path,
          line,
          because: `${found} is named in no ${where === 'code' ? 'code' : 'test'}`,
        }));
      }),
    );
}

function matches(file: SourceFile, pattern: RegExp): { line: number; found: string }[] {
  return [...file.text.matchAll(pattern)].map((match) => ({
    line: file.text.slice(0, match.index).split('\n').length,
    found: match[1] ?? match[0],
  }));
}

/** The lines with comments blanked, roughly: strings that look like comments are blanked too. */
function withoutComments(text: string): string[] {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/.*$/, ''));
}

/** The text files git tracks or would track below `root`. */
export function projectFiles(root: string): SourceFile[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 24,
  });
  return listed
    .split('\n')
    .filter((name) => /\.(ts|mjs|json|md|yaml|yml|html|css)$|(^|\/)Dockerfile$|^\.ci\//.test(name))
    .filter((name) => name !== 'package-lock.json' && !name.startsWith('fixtures/scenes/'))
    .flatMap((name) => {
      try {
        return [{ path: name, text: readFileSync(path.join(root, name), 'utf8') }];
      } catch {
        return []; // listed, but removed since
      }
    });
}

if (import.meta.main) {
  const files = projectFiles(path.join(import.meta.dirname, '..'));
  const breaches = [...tidy(files), ...untestedRules(files)];
  for (const { path, line, because } of breaches) console.log(`${path}:${line} ${because}`);
  console.log(`tidy: ${files.length} files, ${breaches.length} breaches`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
}
