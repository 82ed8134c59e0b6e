/**
 * A reader of bags by the letter of RFC 8493, clause by clause, as bagit-python is in no registry at hand.
 * It shares nothing with the builder or our own verifier.
 */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** What stands against the folder as a complete and valid bag, each with its clause; none: it is one. */
export function rfc8493Faults(bag: string): readonly string[] {
  const faults: string[] = [];
  const must = (clause: string, holds: boolean, what: string): void => {
    if (!holds) faults.push(`${clause} ${what}`);
  };
  const files = new Map<string, Buffer>();
  for (const entry of readdirSync(bag, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const isPlain = lstatSync(path).isFile();
    // 6.1.1: nothing that leads out of the bag.
    if (!entry.isDirectory()) must('6.1.1', isPlain, `${relative(bag, path)} is no regular file`);
    if (isPlain) files.set(relative(bag, path), readFileSync(path));
  }
  const text = (path: string): string => {
    try {
      // 2.4: tag files are in the encoding that bagit.txt declares; it is itself in UTF-8, without a byte order mark.
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(files.get(path));
    } catch {
      faults.push(`2.4 ${path} is not UTF-8`);
      return '';
    }
  };

  must('2.1.1', files.has('bagit.txt'), 'there is no bagit.txt');
  const declaration = text('bagit.txt');
  must(
    '2.1.1',
    /^BagIt-Version: [0-9]+\.[0-9]+\r?\nTag-File-Character-Encoding: UTF-8\r?\n?$/.test(
      declaration,
    ),
    'bagit.txt is not exactly its two lines',
  );
  must('2.1.1', declaration.includes('BagIt-Version: 1.0'), 'it is of another version');

  const names = [...files.keys()];
  const payload = names.filter((name) => name.startsWith('data/'));
  must('2.1.2', readdirSync(bag).includes('data'), 'there is no payload directory');

  const manifests = names.filter((name) => /^manifest-[^/]+\.txt$/.test(name));
  const tagManifests = names.filter((name) => /^tagmanifest-[^/]+\.txt$/.test(name));
  must('2.1.3', manifests.length > 0, 'there is no payload manifest');
  for (const name of [...manifests, ...tagManifests]) {
    const algorithm = name.replace(/^(tag)?manifest-|\.txt$/g, '');
    // 2.4: lower case, and nothing but letters and digits.
    must('2.4', /^[a-z0-9]+$/.test(algorithm), `${name} names its algorithm in another form`);
    const listed = listOf(text(name), algorithm);
    for (const fault of listed.faults) faults.push(`2.1.3 ${name}: ${fault}`);
    const ofPayload = manifests.includes(name);
    for (const [path, checksum] of listed.entries) {
      const bytes = files.get(path);
      must('3', bytes !== undefined, `${path} is listed and not there`);
      const is = bytes === undefined ? '' : createHash(algorithm).update(bytes).digest('hex');
      must('3', is === checksum, `${path} has another checksum`);
      must(
        ofPayload ? '2.1.3' : '2.2.1',
        path.startsWith('data/') === ofPayload,
        `${path} is in the wrong list`,
      );
      must('2.2.1', !tagManifests.includes(path), `${path}: a tag manifest is listed`);
    }
    if (ofPayload) {
      for (const path of payload) must('3', listed.entries.has(path), `${path} is in no list`);
    } else {
      for (const path of manifests)
        must('2.2.1', listed.entries.has(path), `${path} is not listed`);
    }
  }

  // 2.2.3: what is to be fetched is not in the bag; evidence is.
  must('2.2.3', !files.has('fetch.txt'), 'there is a fetch.txt');
  checkInfo(
    text('bag-info.txt'),
    payload.map((name) => files.get(name)?.length ?? 0),
    must,
  );

  const folded = new Set<string>();
  for (const name of names) {
    // 5.2.1 to 5.2.3: names that any file system holds, and tells from one another.
    const last = name.split('/').at(-1) ?? '';
    must('5.2', !/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(last), `${name} is reserved`);
    must('5.2', !folded.has(name.toLowerCase()), `${name} differs in case only`);
    must(
      '5.2',
      name === name.normalize('NFC') && !/[<>:"|?*\\]/.test(name),
      `${name} is not portable`,
    );
    folded.add(name.toLowerCase());
  }
  return faults;
}

/** Lines `checksum  filepath`; of a path CR, LF and % are percent-encoded (2.1.3), and nothing else is. */
function listOf(text: string, algorithm: string) {
  const entries = new Map<string, string>();
  const faults: string[] = [];
  const digits = createHash(algorithm).digest('hex').length;
  for (const line of text.split(/\r\n|\r|\n/)) {
    if (line === '') continue;
    const [, checksum = '', encoded = ''] = /^([0-9A-Fa-f]+)[ \t]+(.+)$/.exec(line) ?? [];
    if (checksum.length !== digits) faults.push(`"${line.slice(0, 80)}" is no entry`);
    if (/%(?!0A|0D|25)/i.test(encoded)) faults.push(`${encoded} has a bare %`);
    if (/^(\*|\/|\.\/|~)|\\|(^|\/)\.\.(\/|$)/.test(encoded))
      faults.push(`${encoded} is no relative path`);
    const path = encoded.replace(/%0A/gi, '\n').replace(/%0D/gi, '\r').replace(/%25/g, '%');
    if (entries.has(path)) faults.push(`${path} is listed twice`);
    entries.set(path, checksum.toLowerCase());
  }
  return { entries, faults };
}

/** 2.2.2 */
function checkInfo(
  text: string,
  payloadBytes: readonly number[],
  must: (clause: string, holds: boolean, what: string) => void,
): void {
  // A value goes on in lines that begin with a blank.
  const lines = text
    .replace(/(\r\n|\r|\n)[ \t]+/g, ' ')
    .split(/\r\n|\r|\n/)
    .filter((line) => line !== '');
  const values = lines.map((line) => {
    const [, label = '', value = ''] = /^([^\s:][^:]*):[ \t](.*)$/.exec(line) ?? [];
    must('2.2.2', label !== '', `"${line}" is no label with its value`);
    return [label, value] as const;
  });
  const of = (label: string) =>
    values.filter(([found]) => found.toLowerCase() === label.toLowerCase());
  for (const once of [
    'Payload-Oxum',
    'Bagging-Date',
    'Bag-Count',
    'Bag-Group-Identifier',
    'Bag-Size',
  ]) {
    must('2.2.2', of(once).length <= 1, `${once} comes more than once`);
  }
  const octets = payloadBytes.reduce((sum, bytes) => sum + bytes, 0);
  const [oxum] = of('Payload-Oxum');
  must(
    '2.2.2',
    oxum?.[1] === `${octets}.${payloadBytes.length}`,
    'Payload-Oxum does not count the payload',
  );
  const [date] = of('Bagging-Date');
  must('2.2.2', /^\d{4}-\d{2}-\d{2}$/.test(date?.[1] ?? ''), 'Bagging-Date is no date');
  const [count] = of('Bag-Count');
  const [, number, total] = /^(\d+) of (\d+|\?)$/.exec(count?.[1] ?? '1 of 1') ?? [];
  must('2.2.2', Number(number) >= 1 && Number(number) <= Number(total), 'Bag-Count is none');
}
