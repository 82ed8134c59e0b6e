import { appendFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { inVolumes } from '../../../cloud-stub/services/exports/export-volumes.ts';
import { type BagCopy, copyOf } from '../../support/cloud/bag-copies.ts';
import {
  exportNumbered,
  openExportOffice,
  orderFor,
  recordClip,
  sealedBag,
  unpack,
} from '../../support/cloud/export-office.ts';
import { rfc8493Faults } from '../../support/cloud/rfc8493-reader.ts';
import { permanentFolder } from '../../support/permanent-folder.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('our bags are complete and valid by RFC 8493, read without our software [EXP-1, EXP-2]', () => {
  test('of footage and records', async () => {
    const folder = temporaryFolder();
    expect(rfc8493Faults(await sealedBag(folder, await openExportOffice(folder)))).toEqual([]);
  });

  test('of nothing', async () => {
    const folder = temporaryFolder();
    const outcome = { code: 'NO_RECORDS', detail: 'purged' } as const;
    const order = orderFor([], { records: [], documents: [], outcome });
    expect(rfc8493Faults(await sealedBag(folder, await openExportOffice(folder), order))).toEqual(
      [],
    );
  });

  test('of a provider whose name is as long and as odd as it may be', async () => {
    const folder = temporaryFolder();
    const office = await openExportOffice(folder);
    const order = orderFor([await recordClip(office.storage, 1)], {
      provider: 'Ä: 100% – '.repeat(19).trim(),
    });
    expect(rfc8493Faults(await sealedBag(folder, office, order))).toEqual([]);
  });

  test('each volume of a wide export', async () => {
    const office = await openExportOffice(temporaryFolder());
    const clips = [await recordClip(office.storage, 1), await recordClip(office.storage, 2)];
    const exports = inVolumes(office.exports, office.world, 1);
    await exports.lease(orderFor(clips));
    await exports.seal(exportNumbered(1));
    const rows = await office.storage.catalogue.read
      .selectFrom('exports')
      .select('export')
      .execute();
    for (const row of rows) {
      const bag = await office.exports.open(row.export);
      if (bag === null) throw new Error('it is sealed');
      expect(rfc8493Faults(await unpack(bag, temporaryFolder()))).toEqual([]);
      await bag.close();
    }
    expect(rows).toHaveLength(2);
  });
});

describe('the reader finds', () => {
  const office = permanentFolder();
  let making: Promise<string> | null = null;
  /** Made in the first test that asks. */
  const bag = (): Promise<string> => {
    making ??= openExportOffice(office).then((opened) => sealedBag(office, opened));
    return making;
  };

  test.each<[clause: string, what: string, act: (copy: BagCopy) => void]>([
    [
      '2.1.1',
      'a declaration with a byte order mark',
      (copy) => copy.write('bagit.txt', `\ufeff${copy.read('bagit.txt')}`),
    ],
    [
      '2.1.1',
      'another version',
      (copy) => copy.write('bagit.txt', copy.read('bagit.txt').replace('1.0', '0.97')),
    ],
    [
      '2.1.3',
      'an entry that is none',
      (copy) => appendFileSync(copy.at('manifest-sha256.txt'), 'abc  data/answer.json\n'),
    ],
    [
      '2.1.3',
      'a bare % in a path',
      (copy) => appendFileSync(copy.at('manifest-sha256.txt'), `${'a'.repeat(64)}  data/100%\n`),
    ],
    [
      '2.1.3',
      'a file listed twice',
      (copy) => copy.write('manifest-sha256.txt', copy.read('manifest-sha256.txt').repeat(2)),
    ],
    [
      '2.1.3',
      "md5sum's asterisk",
      (copy) =>
        copy.write(
          'manifest-sha256.txt',
          copy.read('manifest-sha256.txt').replace('  data', ' *data'),
        ),
    ],
    ['3', 'a payload file that is in no list', (copy) => copy.write('data/more.txt', 'more')],
    ['3', 'a listed file that is gone', (copy) => rmSync(copy.at('data/answer.json'))],
    ['3', 'a flipped bit', (copy) => copy.flip('data/answer.json')],
    [
      '3',
      'a tag file that was renamed',
      (copy) => renameSync(copy.at('custody/chain.jsonl'), copy.at('custody/c.jsonl')),
    ],
    [
      '2.2.1',
      'a payload file in the tag manifest',
      (copy) =>
        appendFileSync(copy.at('tagmanifest-sha256.txt'), `${'a'.repeat(64)}  data/answer.json\n`),
    ],
    [
      '2.2.2',
      'a payload that is counted wrongly',
      (copy) =>
        copy.write('bag-info.txt', copy.read('bag-info.txt').replace(/Oxum: \d/, 'Oxum: 9')),
    ],
    [
      '2.2.2',
      'a line without a label',
      (copy) => appendFileSync(copy.at('bag-info.txt'), 'no label\n'),
    ],
    [
      '2.2.3',
      'a fetch.txt',
      (copy) => writeFileSync(copy.at('fetch.txt'), 'http://x.example/a 3 data/a\n'),
    ],
    [
      '2.4',
      'a tag file in another encoding',
      (copy) => writeFileSync(copy.at('bag-info.txt'), Buffer.from([0xff, 0xfe, 0x41])),
    ],
    ['5.2', 'two names that differ in case only', (copy) => copy.write('README-verify.txt', 'x')],
    [
      '6.1.1',
      'a link out of the bag',
      (copy) => symlinkSync('/etc/hostname', copy.at('data/link')),
    ],
  ])('%s: %s', async (clause, _what, act) => {
    const copy = copyOf(await bag(), office);
    act(copy);
    const faults = rfc8493Faults(copy.folder);
    expect(
      faults.some((fault) => fault.startsWith(`${clause} `)),
      faults.join('\n'),
    ).toBe(true);
  });
});
