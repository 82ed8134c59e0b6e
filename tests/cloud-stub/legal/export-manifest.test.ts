import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  clipNames,
  compareClips,
  infoText,
  isDocumentName,
  manifestText,
  pathFault,
  readInfo,
  readManifestLine,
} from '../../../cloud-stub/legal/export-manifest.ts';
import { csvLine } from '../../../cloud-stub/legal/export-tables.ts';
import { thingNamed, ulidNumbered } from '../../support/cloud/clip-samples.ts';

const sha256 = 'ab'.repeat(32);
const part = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_]{0,20}$/);
const path = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));

test('a list reads back as it was written, in the order of its bytes', () => {
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 20 }), (paths) => {
      const files = paths.map((each) => ({ path: each, sha256, sizeBytes: 1 }));
      const lines = manifestText(files).split('\n').slice(0, -1);
      const byBytes = paths.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(lines.map(readManifestLine)).toEqual(
        byBytes.map((each) => ({ ok: true, path: each, sha256 })),
      );
    }),
  );
});

test.each([
  ['data/a.txt', null],
  ['', 'leads out of its folder'],
  ['/etc/passwd', 'leads out of its folder'],
  ['data//a', 'leads out of its folder'],
  ['data/../../a', 'leads out of its folder'],
  ['data/./a', 'leads out of its folder'],
  ['data/a%0Ab', 'has characters other than A-Z a-z 0-9 . _ -'],
  ['data/a\rb', 'has characters other than A-Z a-z 0-9 . _ -'],
  ['data/C:a', 'has characters other than A-Z a-z 0-9 . _ -'],
  ['data/.a', 'begins with a dot, which hides it'],
  ['data/-a', 'begins with a dash, which programs take for an option'],
  ['data/a.', 'ends with a dot, which some disks drop'],
  ['a/b/c/d/e', 'lies deeper than 4 folders'],
  [`data/${'a'.repeat(156)}`, 'is longer than 160 characters'],
])('the name %j: %s', (name, fault) => {
  expect(pathFault(name)).toBe(fault);
});

test.each([
  `${sha256} data/a`,
  `${sha256} *data/a`,
  `${sha256}   data/a`,
  `${sha256.toUpperCase()}  data/a`,
  `${sha256.slice(1)}  data/a`,
  `${sha256}  `,
  `${sha256}  data/a\nb`,
  '',
])('the line %j is refused', (line) => {
  expect(readManifestLine(line)).toMatchObject({ ok: false });
});

test('clips that two doorbells gave the same id have names of their own', () => {
  const clips = ['porch', 'Porch', 'porch'].map((thing, n) => ({
    thing: thingNamed(thing),
    clip: ulidNumbered(n === 2 ? 2 : 1),
  }));
  expect(clipNames(clips.toSorted(compareClips))).toEqual([
    ulidNumbered(1),
    `${ulidNumbered(1)}-2`,
    ulidNumbered(2),
  ]);
});

test('bag-info holds each value on one line, and reads back', () => {
  const text = infoText({
    volume: null,
    ...{ organization: 'Two\nLines: LLC', date: '2026-11-22', frozenAt: 'then' },
    ...{ exportId: 'E', demand: 'D', payload: { sizeBytes: 5, files: 2 } },
  });
  expect(Object.fromEntries(readInfo(text) ?? [])).toMatchObject({
    'Source-Organization': 'Two Lines: LLC',
    'Payload-Oxum': '5.2',
  });
  expect(readInfo('Label value\n')).toBeNull();
  expect(readInfo('A: 1\nA: 2\n')).toBeNull();
  expect(readInfo('A: 1')).toBeNull();
});

test.each([
  ['warrant.pdf', true],
  ['../warrant.pdf', false],
  ['.hidden', false],
  ['a b.pdf', false],
  ['', false],
])('a document may be called %j: %s', (name, may) => {
  expect(isDocumentName(name)).toBe(may);
});

test('a cell that a spreadsheet would compute is inert, and quotes are doubled', () => {
  expect(csvLine(['=1+1', '+1', '-1', '@a', 'a,b', 'say "x"', 'plain'])).toBe(
    `'=1+1,'+1,'-1,'@a,"a,b","say ""x""",plain\r\n`,
  );
});
