import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { bagPaths } from '../../../cloud-stub/legal/export-manifest.ts';
import { days, epochMs, later } from '../../../device/wire/time.ts';
import { NotAFolder, type VerifyOptions, verifyBag } from '../../../tools/verify/verify-bag.ts';
import { type BagCopy, copyOf, officeSigners, reseal } from '../../support/cloud/bag-copies.ts';
import { openExportOffice, recordedAt, sealedBag } from '../../support/cloud/export-office.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'doorbell-bags-'));
const office = join(folder, 'secret', 'office');
const clip = '01J00000000000000000000001';
const video = `data/clips/${clip}.mp4`;
const record = `data/records/clips/${clip}.json`;
let bag = '';
let making: Promise<string> | null = null;

/** Of a bag that the first test to need it makes. */
async function aCopy(): Promise<BagCopy> {
  making ??= openExportOffice(folder).then((opened) => sealedBag(folder, opened));
  bag = await making;
  return copyOf(bag, office);
}

afterAll(() => rmSync(folder, { recursive: true }));

/** Each fault as a line, `path because`. */
async function faultsOf(copy: BagCopy, options: VerifyOptions = {}): Promise<readonly string[]> {
  const { valid, faults } = await verifyBag(copy.folder, options);
  expect(valid).toBe(faults.length === 0);
  return faults.map(({ path, because }) => `${path ?? 'the bag'} ${because}`);
}

const trusted = () => [new X509Certificate(readFileSync(join(bag, bagPaths.root)))];

test('a bag as it was sealed is valid, by what one trusts and by itself [EXP-3]', async () => {
  const copy = await aCopy();
  expect(await faultsOf(copy)).toEqual([]);
  expect(await verifyBag(copy.folder, { trusted: trusted() })).toMatchObject({
    valid: true,
    seal: { trust: 'given', sealedAt: new Date('2027-01-18T08:00:00Z') },
  });
});

describe('any change to a sealed bag is a fault [EXP-3, I21]', () => {
  test('a flipped bit of any file', async () => {
    const copy = await aCopy();
    for (const path of copy.paths()) {
      copy.flip(path);
      expect(await faultsOf(copy), path).not.toEqual([]);
      copy.flip(path);
    }
    expect(await faultsOf(copy)).toEqual([]);
  });

  test('a flipped bit anywhere in a seal', async () => {
    const copy = await aCopy();
    const seals = copy.paths().filter((path) => path.startsWith('sig/'));
    const place = fc.constantFrom(...seals).chain((path) => {
      const { length } = readFileSync(copy.at(path));
      return fc.record({ path: fc.constant(path), at: fc.nat({ max: length - 1 }) });
    });
    await fc.assert(
      fc.asyncProperty(place, async ({ path, at }) => {
        copy.flip(path, at);
        const faults = await faultsOf(copy);
        copy.flip(path, at);
        expect(faults).not.toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('a letter of another case in the name of who issued a certificate', async () => {
    const copy = await aCopy();
    const bytes = readFileSync(copy.at(bagPaths.stamp));
    // Its last mention stands beside the signature, which does not cover it.
    copy.flip(bagPaths.stamp, bytes.lastIndexOf('authority'), 0x20);
    expect(await faultsOf(copy)).toEqual([`${bagPaths.stamp} lacks the certificate of a signer`]);
  });

  test('a file of another name', async () => {
    const copy = await aCopy();
    for (const path of copy.paths()) {
      const renamed = path.replace(/[^/]+$/, 'renamed.txt');
      renameSync(copy.at(path), copy.at(renamed));
      const faults = await faultsOf(copy);
      expect(
        faults.some((fault) => fault.startsWith(path)),
        path,
      ).toBe(true);
      renameSync(copy.at(renamed), copy.at(path));
    }
    expect(await faultsOf(copy)).toEqual([]);
  });

  const added = 'is in no list: it was added';
  const characters = 'has characters other than A-Z a-z 0-9 . _ -';
  type Row = readonly [what: string, fault: string, tamper: (copy: BagCopy) => void];
  const touch =
    (path: string) =>
    (copy: BagCopy): void =>
      copy.write(path, 'x');
  const swap = (path: string, from: string | RegExp, to: string) => (copy: BagCopy) => {
    const before = copy.read(path);
    const after = before.replace(from, to);
    expect(after).not.toBe(before);
    copy.write(path, after);
  };
  const list = bagPaths.manifest;
  const rows: readonly Row[] = [
    ['a payload file added', `data/new.txt ${added}`, touch('data/new.txt')],
    ['a tag file added', `new.txt ${added}`, touch('new.txt')],
    ['a custody file added', `custody/new.txt ${added}`, touch('custody/new.txt')],
    [
      'a file added to the seals',
      'sig/new.p7s belongs to no seal: it was added',
      touch('sig/new.p7s'),
    ],
    ['a fetch.txt', 'fetch.txt asks for files that are not in the bag', touch('fetch.txt')],
    ['a %0A in a name', `data/a%0Ab.txt ${characters}`, touch('data/a%0Ab.txt')],
    ['a line feed in a name', `data/a\\u{a}b.txt ${characters}`, touch('data/a\nb.txt')],
    ['a space in a name', `data/a b.txt ${characters}`, touch('data/a b.txt')],
    ['a backslash in a name', `data/a\\b.txt ${characters}`, touch('data/a\\b.txt')],
    ['a letter of elsewhere in a name', `data/\\u{e9}.txt ${characters}`, touch('data/\u00e9.txt')],
    ['a hidden file', 'data/.hidden begins with a dot, which hides it', touch('data/.hidden')],
    [
      'a dash first',
      'data/-rf begins with a dash, which programs take for an option',
      touch('data/-rf'),
    ],
    [
      'a huge name',
      `data/${'x'.repeat(200)} is longer than 160 characters`,
      touch(`data/${'x'.repeat(200)}`),
    ],
    [
      'a deep folder',
      'data/a/b/c/d lies deeper than 4 folders',
      (copy) => {
        mkdirSync(copy.at('data/a/b/c/d'), { recursive: true });
      },
    ],
    [
      'a name that differs in case only',
      'differs from',
      (copy) => {
        writeFileSync(copy.at('BAGIT.txt'), 'x');
        writeFileSync(copy.at('bagit.TXT'), 'x');
      },
    ],
    [
      'an empty folder',
      'data/empty is an empty folder, which no list names',
      (copy) => mkdirSync(copy.at('data/empty')),
    ],
    [
      'a symbolic link in place of a file',
      `${video} is a symbolic link`,
      (copy) => {
        rmSync(copy.at(video));
        symlinkSync(join(bag, video), copy.at(video));
      },
    ],
    [
      'a symbolic link to a folder',
      'data/stills is a symbolic link',
      (copy) => {
        rmSync(copy.at('data/stills'), { recursive: true });
        symlinkSync(join(bag, 'data/stills'), copy.at('data/stills'));
      },
    ],
    [
      'a hard link',
      `${video} has another name elsewhere (a hard link)`,
      (copy) => linkSync(copy.at(video), join(copy.folder, '..', 'elsewhere')),
    ],
    [
      'a pipe',
      'data/pipe is not a regular file',
      (copy) => execFileSync('mkfifo', [copy.at('data/pipe')]),
    ],
    [
      'no tag manifest',
      `${bagPaths.tagManifest} is missing`,
      (copy) => rmSync(copy.at(bagPaths.tagManifest)),
    ],
    [
      'no seals at all',
      `${bagPaths.seal} is missing`,
      (copy) => rmSync(copy.at('sig'), { recursive: true }),
    ],
    ['no payload', `${video} is missing`, (copy) => rmSync(copy.at('data'), { recursive: true })],
    [
      'a way out in a list',
      'line 1 names a file that leads out of its folder',
      swap(list, /data\//, 'data/../'),
    ],
    [
      'an absolute name in a list',
      'line 1 names a file that leads out',
      swap(list, /data\//, '/etc/data/'),
    ],
    ['a ./ in a list', 'line 1 names a file that leads out', swap(list, /data\//, './data/')],
    [
      'a %0A in a list',
      `line 1 names a file that ${characters}`,
      swap(list, /answer/, 'ans%0Awer'),
    ],
    [
      'the star of md5sum in a list',
      'line 1 is not a SHA-256, two spaces and a name',
      swap(list, / {2}/, ' *'),
    ],
    [
      'upper case in a hash',
      'line 1 is not a SHA-256',
      swap(list, /^[0-9a-f]{64}/, 'A'.repeat(64)),
    ],
    ['a line twice', 'line 2 names a file twice', swap(list, /^(.*\n)/, '$1$1')],
    ['lines in another order', 'is not in the order of names', swap(list, /^(.*\n)(.*\n)/, '$2$1')],
    ['carriage returns in a list', 'line 1 names a file that', swap(list, /\n/g, '\r\n')],
    [
      'no line feed at the end of a list',
      `${list} does not end with a line feed`,
      swap(list, /\n$/, ''),
    ],
    ['a byte order mark in a list', 'line 1 is not a SHA-256', swap(list, /^/, '\uFEFF')],
    [
      'a payload file among the tags',
      'names a file of data/',
      swap(bagPaths.tagManifest, /bagit\.txt/, video),
    ],
    [
      'a seal in a list',
      'names a file of sig/',
      swap(bagPaths.tagManifest, /README-VERIFY\.txt/, 'sig/root.pem'),
    ],
    [
      'what is not UTF-8 in a list',
      `${list} is not UTF-8`,
      (copy) => copy.write(list, Buffer.from([0xff, 0x0a])),
    ],
    [
      'a line without end',
      `${list} has a line of more than`,
      (copy) => copy.write(list, 'x'.repeat(5_000_000)),
    ],
    [
      'bytes after a seal',
      `${bagPaths.seal} is damaged`,
      (copy) => append(copy, bagPaths.seal, '\0'),
    ],
    [
      'bytes after a stamp',
      `${bagPaths.stamp} is damaged`,
      (copy) => append(copy, bagPaths.stamp, '\0'),
    ],
    [
      'words after a certificate',
      `${bagPaths.root} is not certificates in PEM`,
      (copy) => append(copy, bagPaths.root, 'x'),
    ],
    [
      'a witness added to the checkpoint',
      `${bagPaths.checkpointNote} holds more than a state and one signature`,
      (copy) => append(copy, bagPaths.checkpointNote, `— someone ${'A'.repeat(91)}=\n`),
    ],
    [
      'a stamp of another seal',
      `${bagPaths.stamp} is of another seal`,
      (copy) => copy.write(bagPaths.seal, readFileSync(copy.at(bagPaths.stamp))),
    ],
  ];

  test.each(rows)('%s', async (_what, fault, tamper) => {
    const copy = await aCopy();
    tamper(copy);
    expect(await faultsOf(copy)).toContainEqual(expect.stringContaining(fault));
  });
});

describe('sealed again by another', () => {
  type Row = readonly [what: string, fault: string, tamper: (copy: BagCopy) => Promise<void>];
  const edit = (path: string, from: RegExp | string, to: string) => async (copy: BagCopy) => {
    copy.write(path, copy.read(path).replace(from, to));
    await reseal(copy);
  };
  const rows: readonly Row[] = [
    [
      'a clip taken out',
      `${video} is in a record and not in the list`,
      async (copy) => {
        rmSync(copy.at(video));
        await reseal(copy);
      },
    ],
    [
      'a byte of footage',
      `${video} does not lead to the root that its record tells`,
      async (copy) => {
        copy.flip(video);
        await reseal(copy);
      },
    ],
    [
      'footage that is longer',
      `${video} is not the file of its record`,
      async (copy) => {
        append(copy, video, 'more');
        await reseal(copy);
      },
    ],
    [
      'another root in a record',
      'is about other footage',
      edit(record, /"rootAt(\w+)": "[0-9a-f]{64}"/g, `"rootAt$1": "${'0'.repeat(64)}"`),
    ],
    [
      'another certificate of the doorbell in a record',
      'is not the certificate that the record names',
      edit(
        record,
        /"certificateSha256": "[0-9a-f]{64}"/,
        `"certificateSha256": "${'0'.repeat(64)}"`,
      ),
    ],
    [
      'a clip without a record',
      `${video} has no record`,
      async (copy) => {
        rmSync(copy.at(record));
        for (const end of ['sig', 'key.pem', 'certificate.pem'])
          rmSync(copy.at(`sig/device/${clip}.${end}`));
        await reseal(copy);
      },
    ],
    [
      'an entry of the ledger',
      'is not in the ledger that the checkpoint tells of',
      edit(bagPaths.chain, '"sizeBytes":15003', '"sizeBytes":15004'),
    ],
    ['an entry of the ledger taken out', 'has no proof', edit(bagPaths.chain, /^.*\n/, '')],
    [
      'entry and proof taken out',
      'was not put on the ledger when it was exported',
      async (copy) => {
        const isOf = (line: string) => line.includes('clip-exported');
        const lines = copy.read(bagPaths.chain).split('\n');
        const proofs = copy.read(bagPaths.proofs).split('\n');
        copy.write(bagPaths.proofs, proofs.filter((_, at) => !isOf(lines[at] ?? '')).join('\n'));
        copy.write(bagPaths.chain, lines.filter((line) => !isOf(line)).join('\n'));
        await reseal(copy);
      },
    ],
    [
      'another state of the ledger',
      `${bagPaths.checkpoint} is not the state that the ledger signed`,
      edit(bagPaths.checkpoint, '\n7\n', '\n8\n'),
    ],
    [
      'a count of the payload',
      'counts the payload as 1.1, and it is',
      edit(bagPaths.info, /Payload-Oxum: .*/, 'Payload-Oxum: 1.1'),
    ],
    [
      'another version of BagIt',
      'does not declare BagIt 1.0 in UTF-8',
      edit(bagPaths.declaration, '1.0', '0.97'),
    ],
    ['another profile', 'is not of the profile', edit(bagPaths.info, /bag:1/, 'bag:2')],
    [
      'no report',
      `${bagPaths.report} is not in its list`,
      async (copy) => {
        rmSync(copy.at(bagPaths.report));
        await reseal(copy);
      },
    ],
    [
      'by the custodian alone',
      'is signed by custodian, not by custodian and approver',
      (copy) => reseal(copy, { signers: officeSigners.slice(0, 1) }),
    ],
    [
      'by one person twice',
      'is signed twice by one person',
      (copy) =>
        reseal(copy, {
          signers: officeSigners.map((each) => ({ ...each, principal: 'custodian-1' })),
        }),
    ],
    [
      'by two custodians',
      'is signed by custodian and custodian',
      (copy) =>
        reseal(copy, {
          signers: officeSigners.map((each) => ({ ...each, role: 'custodian' as const })),
        }),
    ],
    [
      'after its stamp',
      'was signed after its stamp',
      (copy) => reseal(copy, { stampedAt: later(recordedAt, days(2)) }),
    ],
    [
      'when no certificate was in force',
      'a certificate was not in force at the time of the stamp',
      (copy) => reseal(copy, { stampedAt: epochMs(Date.UTC(2050, 5, 1)) }),
    ],
  ];

  test.each(rows)('%s', async (_what, fault, tamper) => {
    const copy = await aCopy();
    await tamper(copy);
    expect(await faultsOf(copy)).toContainEqual(expect.stringContaining(fault));
  });

  test('with keys of its own it is valid by itself, and not by what one trusts', async () => {
    const copy = await aCopy();
    await reseal(copy, { keys: join(temporaryFolder(), 'forger') });
    expect(await verifyBag(copy.folder)).toMatchObject({
      valid: true,
      seal: { trust: 'self-asserted' },
    });
    expect(await faultsOf(copy, { trusted: trusted() })).toEqual([
      `${bagPaths.stampRoot} is none of the certificates that you trust`,
      `${bagPaths.root} is none of the certificates that you trust`,
    ]);
  });

  test('with a key of the ledger that is not the one that is trusted', async () => {
    const copy = await aCopy();
    const ledgerKey = { name: 'another.example/ledger', publicKey: Buffer.alloc(32, 1) };
    expect(await faultsOf(copy, { ledgerKey })).toEqual([
      `${bagPaths.ledgerKey} is not the key that you trust`,
    ]);
  });
});

test('what is no folder is not a bag', async () => {
  await aCopy();
  await expect(verifyBag(join(bag, 'bagit.txt'))).rejects.toThrow(NotAFolder);
  await expect(verifyBag(join(bag, 'nowhere'))).rejects.toThrow('ENOENT');
});

const append = (copy: BagCopy, path: string, more: string): void =>
  copy.write(path, Buffer.concat([readFileSync(copy.at(path)), Buffer.from(more)]));
