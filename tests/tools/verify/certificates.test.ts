import { X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { openOfficeKeys } from '../../../cloud-stub/backends/seal/office-keys.ts';
import { certificateFault, personOf, readPem } from '../../../tools/verify/certificates.ts';
import { officeSigners } from '../../support/cloud/bag-copies.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const today = new Date('2026-11-22');

test('a certificate serves its own purpose, under its own root, in its own time [EXP-3]', async () => {
  const office = await openOfficeKeys(temporaryFolder());
  const other = await openOfficeKeys(temporaryFolder());
  const root = new X509Certificate(office.rootPem);
  const foreign = new X509Certificate(other.rootPem);
  const [who] = officeSigners;
  if (who === undefined) throw new Error('there is one');
  const signer = new X509Certificate((await office.signer(who)).certificatePem);
  const stamper = new X509Certificate((await office.stamper()).certificatePem);
  const rows = [
    [certificateFault(signer, root, 'sealing', today), null],
    [certificateFault(stamper, root, 'time-stamping', today), null],
    [certificateFault(stamper, root, 'sealing', today), 'its certificate is not for sealing'],
    [
      certificateFault(signer, root, 'time-stamping', today),
      'its certificate is not for time-stamping',
    ],
    [
      certificateFault(signer, foreign, 'sealing', today),
      'its certificate was not issued by the root',
    ],
    [
      certificateFault(signer, signer, 'sealing', today),
      'its root is no certificate of an authority',
    ],
    [certificateFault(root, root, 'sealing', today), 'its certificate is that of an authority'],
    [
      certificateFault(signer, root, 'sealing', new Date('1999-12-31')),
      'a certificate was not in force at the time of the stamp',
    ],
  ] as const;
  expect(rows.map(([found]) => found)).toEqual(rows.map(([, wanted]) => wanted));
  expect(personOf(signer)).toEqual(who);
});

test('PEM has one form: nothing before, between or after its blocks', async () => {
  const { rootPem } = await openOfficeKeys(temporaryFolder());
  expect(readPem(rootPem + rootPem)).toHaveLength(2);
  for (const text of ['', `#\n${rootPem}`, `${rootPem}\n`, rootPem.trimEnd(), rootPem.slice(40)]) {
    expect(readPem(text), text).toBeNull();
  }
});
