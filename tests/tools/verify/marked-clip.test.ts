import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { clipPaths } from '../../../cloud-stub/legal/export-manifest.ts';
import { verifyBag } from '../../../tools/verify/verify-bag.ts';
import { type BagCopy, copyOf, reseal } from '../../support/cloud/bag-copies.ts';
import {
  openExportOffice,
  orderFor,
  recordClip,
  sealedBag,
} from '../../support/cloud/export-office.ts';

const paths = clipPaths('01J00000000000000000000001');
const others = clipPaths('01J00000000000000000000002');
const folder = mkdtempSync(join(tmpdir(), 'doorbell-bags-'));
let making: Promise<string> | null = null;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of two clips that their doorbell never finished, each as far as its last mark. */
async function makeBag(): Promise<string> {
  const office = await openExportOffice(folder);
  const cutOff = { finished: false, marked: 3, still: null };
  const clips = [
    await recordClip(office.storage, 1, cutOff),
    await recordClip(office.storage, 2, cutOff),
  ];
  return sealedBag(folder, office, orderFor(clips));
}

/** As a provider would that changes what a doorbell signed, and seals it itself. */
const rows: readonly (readonly [what: string, fault: string, tamper: (copy: BagCopy) => void])[] = [
  [
    'another root in what it signed',
    `${paths.markSignature} is not a signature of this doorbell`,
    (copy) =>
      copy.write(
        paths.markedByDevice,
        copy.read(paths.markedByDevice).replace(/[0-9a-f]{64}/, '0'.repeat(64)),
      ),
  ],
  [
    'what it signed of another clip',
    `${paths.markedByDevice} is about another clip`,
    (copy) => {
      copy.write(paths.markedByDevice, copy.read(others.markedByDevice));
      copy.write(paths.markSignature, copy.bytes(others.markSignature));
    },
  ],
  [
    'a root in the record that it did not sign',
    `${paths.markedByDevice} is about other footage`,
    (copy) =>
      copy.write(
        paths.record,
        copy
          .read(paths.record)
          .replaceAll(/"rootAt(\w+)": "[0-9a-f]{64}"/g, `"rootAt$1": "${'0'.repeat(64)}"`),
      ),
  ],
  [
    'what it signed taken out, and claimed all the same',
    `${paths.markedByDevice} is missing`,
    (copy) => rmSync(copy.at(paths.markedByDevice)),
  ],
  [
    'its signature taken out',
    `${paths.markSignature} is missing`,
    (copy) => rmSync(copy.at(paths.markSignature)),
  ],
  [
    'its opening taken out',
    `${paths.signedByDevice} is missing`,
    (copy) => rmSync(copy.at(paths.signedByDevice)),
  ],
];

test('a bag of clips that were never finished is valid, and says how far they are signed', async () => {
  making ??= makeBag();
  expect(await verifyBag(await making)).toMatchObject({
    ...{ valid: true, faults: [], clips: 2 },
    ...{ signedByDevice: 0, signedByMark: 2, signedAtOpening: 0 },
  });
});

test.each(rows)('sealed again with %s, it is not [EXP-3, DEV-5]', async (_what, fault, tamper) => {
  making ??= makeBag();
  const copy = copyOf(await making, join(folder, 'secret', 'office'));
  tamper(copy);
  await reseal(copy);
  const { valid, faults } = await verifyBag(copy.folder);
  expect(valid).toBe(false);
  expect(faults.map(({ path, because }) => `${path} ${because}`)).toContain(fault);
});
