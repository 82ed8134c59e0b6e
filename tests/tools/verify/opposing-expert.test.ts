import { createHash, X509Certificate } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openOfficeKeys } from '../../../cloud-stub/backends/seal/office-keys.ts';
import { embeddedTimeStamper } from '../../../cloud-stub/backends/seal/time-stamping.ts';
import { bagPaths } from '../../../cloud-stub/legal/export-manifest.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { verifyBag } from '../../../tools/verify/verify-bag.ts';
import { type BagCopy, copyOf, officeSigners, reseal } from '../../support/cloud/bag-copies.ts';
import { seededEntropy } from '../../support/cloud/clip-samples.ts';
import { openExportOffice, sealedBag } from '../../support/cloud/export-office.ts';
import { standingClock } from '../../support/standing-clock.ts';

const folder = mkdtempSync(join(tmpdir(), 'doorbell-bags-'));
let making: Promise<string> | null = null;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const clip = '01J00000000000000000000001';
const video = `data/clips/${clip}.mp4`;
const long = (name: string): string =>
  `${createHash('sha256').update('x').digest('hex')}  ${name}\n`;

type Row = readonly [what: string, fault: string, tamper: (copy: BagCopy) => void | Promise<void>];

/** Whatever else is told, this is; and the office itself has sealed it, where it could be. */
const rows: readonly Row[] = [
  [
    'a name of composed letters',
    'has characters other than A-Z a-z 0-9 . _ -',
    (copy) => copy.write('data/\u00e9clair.txt', 'x'),
  ],
  [
    'the same name of letters and marks',
    'has characters other than A-Z a-z 0-9 . _ -',
    (copy) => copy.write('data/e\u0301clair.txt', 'x'),
  ],
  [
    'letters of another script that look alike',
    'has characters other than A-Z a-z 0-9 . _ -',
    (copy) => copy.write('d\u0430ta', 'x'),
  ],
  [
    'a space at the end of a name',
    'has characters other than A-Z a-z 0-9 . _ -',
    (copy) => copy.write(`${video} `, 'x'),
  ],
  [
    'a name that turns the text around',
    'has characters other than A-Z a-z 0-9 . _ -',
    (copy) => copy.write('data/\u202e4pm.exe', 'x'),
  ],
  [
    'a twin of another case, listed and sealed',
    'differs from',
    async (copy) => {
      copy.write('data/clips/note.txt', 'x');
      copy.write('data/clips/NOTE.txt', 'y');
      await reseal(copy);
    },
  ],
  [
    'footage of a tebibyte of nothing, which is not read',
    `${video} is not the file of its record`,
    (copy) => truncateSync(copy.at(video), 1024 ** 4),
  ],
  [
    'a list of a tebibyte of nothing, which is not read',
    `${bagPaths.manifest} has more than`,
    (copy) => truncateSync(copy.at(bagPaths.manifest), 1024 ** 4),
  ],
  [
    'a record of a gibibyte of nothing, which is not read',
    'has more than 4000000 bytes',
    (copy) => truncateSync(copy.at(`data/records/clips/${clip}.json`), 1024 ** 3),
  ],
  [
    'a line of the list twice',
    'names a file twice',
    (copy) => {
      const [first = ''] = copy.read(bagPaths.manifest).split('\n');
      copy.write(bagPaths.manifest, `${first}\n${copy.read(bagPaths.manifest)}`);
    },
  ],
  [
    'a second hash for a file, behind the true one',
    'is not in the order of names',
    (copy) => copy.write(bagPaths.manifest, copy.read(bagPaths.manifest) + long(video)),
  ],
  [
    'carriage returns in the list',
    'names a file that has characters other than',
    (copy) => copy.write(bagPaths.manifest, copy.read(bagPaths.manifest).replaceAll('\n', '\r\n')),
  ],
  [
    'a byte order mark before the list',
    'is not a SHA-256, two spaces and a name',
    (copy) => copy.write(bagPaths.manifest, `\ufeff${copy.read(bagPaths.manifest)}`),
  ],
  [
    'a list in another hash beside it',
    'manifest-md5.txt is in no list: it was added',
    (copy) => copy.write('manifest-md5.txt', ''),
  ],
  [
    'a tag file in a folder of its own',
    'metadata/extra.txt is in no list: it was added',
    (copy) => {
      mkdirSync(copy.at('metadata'));
      copy.write('metadata/extra.txt', 'x');
    },
  ],
  [
    'data as a link to a folder that holds the very same',
    'data is a symbolic link',
    (copy) => {
      renameSync(copy.at('data'), `${copy.folder}-data`);
      symlinkSync(`${copy.folder}-data`, copy.at('data'));
    },
  ],
  [
    'a clip as a link to the very same bytes',
    'is a symbolic link',
    (copy) => {
      renameSync(copy.at(video), `${copy.folder}.mp4`);
      symlinkSync(`${copy.folder}.mp4`, copy.at(video));
    },
  ],
  [
    'a whole valid bag inside',
    'lies deeper than 4 folders',
    (copy) => {
      cpSync(copy.folder, `${copy.folder}-twin`, { recursive: true });
      cpSync(`${copy.folder}-twin`, copy.at('data/inner'), { recursive: true });
    },
  ],
  [
    'a granted stamp of another seal, by the same authority',
    `${bagPaths.stamp} is of another seal`,
    async (copy) => {
      const keys = await openOfficeKeys(copy.office);
      const clock = standingClock(epochMs(Date.UTC(2027, 0, 18)));
      const stamper = embeddedTimeStamper(keys, { clock, entropy: seededEntropy('other') });
      copy.write(bagPaths.stamp, await stamper.stamp(Buffer.from('another seal')));
    },
  ],
  [
    'the seal of another bag of the same office',
    `${bagPaths.seal} is over other bytes`,
    async (copy) => {
      const report = copy.read(bagPaths.report);
      copy.write(bagPaths.report, `${report}<!-- -->`);
      await reseal(copy);
      const elsewhere = copy.bytes(bagPaths.seal);
      copy.write(bagPaths.report, report);
      await reseal(copy);
      copy.write(bagPaths.seal, elsewhere);
    },
  ],
  [
    'a stamp from before the certificates were in force',
    'a certificate was not in force at the time of the stamp',
    (copy) => reseal(copy, { stampedAt: epochMs(Date.UTC(1999, 0, 1)) }),
  ],
  [
    'the custodian in both roles',
    'is signed twice by one person',
    (copy) => {
      const [custodian] = officeSigners;
      if (custodian === undefined) throw new Error('an office has a custodian');
      return reseal(copy, { signers: [custodian, { ...custodian, role: 'approver' }] });
    },
  ],
  [
    'roles changed about',
    'has other certificates than the signatures',
    (copy) => {
      const pem = copy.read(bagPaths.signerChain).split(/(?<=-----END CERTIFICATE-----\n)/);
      copy.write(bagPaths.signerChain, pem.toReversed().join(''));
    },
  ],
];

describe('what an expert of the other side would try [EXP-3]', () => {
  test.each(rows)('%s', async (_what, fault, tamper) => {
    making ??= openExportOffice(folder).then((office) => sealedBag(folder, office));
    const bag = await making;
    const trusted = [new X509Certificate(readFileSync(join(bag, bagPaths.root)))];
    const copy = copyOf(bag, join(folder, 'secret', 'office'));
    await tamper(copy);
    const { valid, faults } = await verifyBag(copy.folder, { trusted });
    expect(valid).toBe(false);
    const told = faults.map(({ path, because }) => `${path ?? 'the bag'} ${because}`);
    expect(told).toContainEqual(expect.stringContaining(fault));
  });
});
