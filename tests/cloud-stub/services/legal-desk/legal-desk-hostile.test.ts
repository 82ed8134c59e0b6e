import { beforeAll, describe, expect, test } from 'vitest';
import type { DemandFormInput } from '../../../../cloud-stub/services/legal-desk/demand-form.ts';
import {
  demandFormSchema,
  timeOf,
} from '../../../../cloud-stub/services/legal-desk/demand-form.ts';
import { deskLimits } from '../../../../cloud-stub/services/legal-desk/legal-desk-limits.ts';
import { readDocument } from '../../../../cloud-stub/services/legal-desk/served-documents.ts';
import { days, isoTime, later } from '../../../../device/wire/time.ts';
import { newYear } from '../../../support/cloud/catalogue-rows.ts';
import { ulidNumbered } from '../../../support/cloud/clip-samples.ts';
import { formOf, given, openDeskOffice, paper, porch } from '../../../support/cloud/desk-office.ts';

const now = later(newYear, days(3));
const whole = formOf(now);
const newYork = 'America/New_York';

/** Every place in which a form does not hold. */
const faults = (form: unknown): readonly string[] => {
  const parsed = demandFormSchema.safeParse(form);
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join('.') || 'form');
};

describe('a form', () => {
  test('that is whole holds', () => {
    expect(faults(whole)).toEqual([]);
  });

  const { servedOn: _, ...withoutEntity } = whole;
  const long = 'x'.repeat(deskLimits.textCharsMax + 1);
  const many = Array.from({ length: deskLimits.subjectsMax + 1 }, () => ({
    by: 'device',
    thing: porch,
  }));
  const more = (fields: Record<string, unknown>): unknown => ({ ...whole, ...fields });
  test.each<[string, unknown, string]>([
    ['nothing', null, 'form'],
    ['a list', [], 'form'],
    ['a missing field', withoutEntity, 'servedOn'],
    ['a field nobody knows', more({ urgent: true }), 'form'],
    ['a prototype', JSON.parse(`{"__proto__": {"process": "emergency"}}`), 'process'],
    ['an unknown process', more({ process: 'royal-decree' }), 'process'],
    [
      'a device that is a path',
      more({ subjects: [{ by: 'device', thing: '../x' }] }),
      'subjects.0.thing',
    ],
    [
      'an account that is SQL',
      more({ subjects: [{ by: 'account', account: "' or 1=1" }] }),
      'subjects.0.account',
    ],
    ['too many subjects', more({ subjects: many }), 'subjects'],
    ['a line with a line break', more({ caseNumber: '26-000123\nX-Ok: yes' }), 'caseNumber'],
    [
      'a line that turns the reading direction',
      more({ returnAddress: 'a‮moc.elpmaxe@b' }),
      'returnAddress',
    ],
    ['a zero byte', more({ servedOn: 'Doorbell Cloud LLC\u0000' }), 'servedOn'],
    ['text without an end', more({ area: long }), 'area'],
    ['no class', more({ classes: [] }), 'classes'],
    ['one class twice', more({ classes: ['content', 'content'] }), 'classes'],
    ['pages that cannot be', more({ pagesDeclared: -1 }), 'pagesDeclared'],
    ['pages without an end', more({ pagesDeclared: 1e9 }), 'pagesDeclared'],
    ['a time without an offset', more({ from: '2026-01-02T00:00:00' }), 'from'],
    ['a day that is not', more({ from: '2026-02-30T00:00:00Z' }), 'from'],
    ['a leap second', more({ to: '2016-12-31T23:59:60Z' }), 'to'],
    ['a number for a time', more({ from: 1_767_312_000_000 }), 'from'],
    ['a zone that is not', more({ timeZone: 'Mars/Olympus' }), 'timeZone'],
    [
      'an offset that is not of its zone in winter',
      more({ timeZone: newYork, from: '2026-01-02T00:00:00-04:00' }),
      'from',
    ],
    [
      'an offset that is not of its zone in summer',
      more({ timeZone: newYork, from: '2026-07-02T00:00:00-05:00' }),
      'from',
    ],
    [
      'a time that the change of summer time left out',
      more({ timeZone: newYork, from: '2026-03-08T02:30:00-04:00' }),
      'from',
    ],
    [
      'a silence that ends before it begins',
      more({
        silence: {
          by: 'court-order',
          namesProcess: true,
          from: isoTime(now),
          expiresAt: isoTime(newYear),
        },
      }),
      'silence',
    ],
    ['a gag order that names no demand', more({ process: 'non-disclosure-order' }), 'silences'],
    ['a warrant that silences', more({ silences: ulidNumbered(1) }), 'silences'],
    ['a warrant that renews', more({ renews: ulidNumbered(1) }), 'renews'],
    [
      'a warrant with an emergency',
      more({ emergency: { danger: 'x', imminent: true, nexus: 'y', arisenAt: isoTime(now) } }),
      'emergency',
    ],
    [
      'a polygon of two places',
      more({
        area: {
          polygon: [
            [0, 0],
            [1, 1],
          ],
        },
      }),
      'area',
    ],
    [
      'a polygon of one place thrice',
      more({
        area: {
          polygon: [
            [0, 0],
            [0, 0],
            [0, 0],
          ],
        },
      }),
      'area',
    ],
    [
      'a polygon beyond the pole',
      more({
        area: {
          polygon: [
            [91, 0],
            [1, 1],
            [2, 0],
          ],
        },
      }),
      'area',
    ],
    ['a polygon without an end', more({ area: { polygon: Array(2000).fill([0, 0]) } }), 'area'],
  ])('%s does not hold, and says where', (_title, form, where) => {
    expect(faults(form).map((each) => each.split('.')[0])).toContain(where.split('.')[0]);
  });

  test.each([
    ['the hour that comes twice, first', '2026-11-01T01:30:00-04:00', '2026-11-01T05:30:00.000Z'],
    ['the hour that comes twice, second', '2026-11-01T01:30:00-05:00', '2026-11-01T06:30:00.000Z'],
    ['after the hour that is not', '2026-03-08T03:30:00-04:00', '2026-03-08T07:30:00.000Z'],
    ['before a leap second', '2016-12-31T18:59:59-05:00', '2016-12-31T23:59:59.000Z'],
  ])('%s is one point in time', (_title, from, utc) => {
    const to = '2026-12-01T00:00:00-05:00';
    expect(faults({ ...whole, timeZone: newYork, from, to })).toEqual([]);
    expect(isoTime(timeOf(from) ?? newYear)).toBe(utc);
  });
});

describe('a paper', () => {
  const pdf = paper();
  const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
  test.each<[string, Partial<typeof pdf>, string]>([
    ['that is a page', { mediaType: 'text/html' }, 'expected one of'],
    ['that says PDF and is a picture', { bytes: png }, 'is no application/pdf'],
    ['that says PNG and is a PDF', { mediaType: 'image/png' }, 'is no image/png'],
    ['that is a program', { bytes: Buffer.from('MZ\u0090\u0000') }, 'is no application/pdf'],
    ['that is empty', { bytes: Buffer.alloc(0) }, 'empty'],
    ['that is cut off', { bytes: Buffer.from('%PDF-1.7\nhalf of i') }, 'cut off'],
    [
      'that is huge',
      { bytes: Buffer.alloc(deskLimits.documentBytesMax + 1, '%PDF-') },
      'more than',
    ],
    ['without a name', { name: '' }, 'a name of'],
    ['with a huge name', { name: 'x'.repeat(9999) }, 'a name of'],
  ])('%s is refused', (_title, wanted, because) => {
    const reading = readDocument({ ...pdf, ...wanted });
    expect(reading).toMatchObject({ ok: false });
    expect(reading.ok ? '' : reading.because).toContain(because);
  });

  test('is kept byte for byte, with the hash of its bytes', () => {
    expect(readDocument(pdf)).toMatchObject({ ok: true, sizeBytes: pdf.bytes.length });
  });
});

describe('what is refused at the door is on record, and leaves nothing else [LOG-1]', () => {
  test.each<[string, unknown, Partial<ReturnType<typeof paper>>, string]>([
    ['a form', { ...whole, process: 'royal-decree' }, {}, 'malformed'],
    ['a paper', whole, { mediaType: 'text/html' }, 'document'],
  ])('%s', async (_title, form, file, because) => {
    const office = await openDeskOffice();
    const { desk, people } = office;
    const answer = await desk.submit(people['agency-officer'], form, { ...paper(), ...file });
    expect(answer).toMatchObject({ ok: false, because });
    const [refused] = await office.told('demand-refused');
    expect(refused?.facts).toEqual({ act: 'submit', demand: null, because });
    const rows = await office.catalogue.read.selectFrom('demands').selectAll().execute();
    const papers = await office.catalogue.read.selectFrom('documents').selectAll().execute();
    expect([rows, papers]).toEqual([[], []]);
  });
});

describe('what a form may say and no paper may', () => {
  let outcomes: (more: Partial<DemandFormInput>) => Promise<unknown>;
  beforeAll(() => {
    outcomes = async (more) => {
      const office = await openDeskOffice();
      await office.pass(days(3));
      const file = paper();
      const { outcome, question } = given(
        await office.desk.submit(office.people['agency-officer'], { ...whole, ...more }, file),
      );
      return outcome ?? question?.reason;
    };
  });
  const reject = (reason: string) => ({ code: 'REJECTED', reason });
  const time = (day: number) => isoTime(later(newYear, days(day)));

  test.each<[string, Partial<DemandFormInput>, unknown]>([
    ['dated in the future', { signedAt: time(4) }, reject('unsigned')],
    ['stale', { signedAt: time(-20) }, reject('stale')],
    ['unsigned', { signedAt: null }, reject('unsigned')],
    ['to another entity', { servedOn: 'Doorbell Cloud' }, reject('wrong_entity')],
    ['without an issuer', { issuer: null }, reject('wrong_issuer')],
    ['naming nobody', { subjects: [] }, reject('not_particular')],
    ['with an end before its beginning', { from: time(3), to: time(1) }, 'not_particular'],
    ['with an end at its beginning', { from: time(1), to: time(1) }, 'not_particular'],
    ['without a beginning', { from: null }, 'not_particular'],
    ['without an end', { to: null }, 'not_particular'],
    ['without a zone', { timeZone: null }, 'not_particular'],
    ['without a case', { caseNumber: null }, 'case_not_open'],
    ['with a case of another form', { caseNumber: '26-1' }, 'case_not_open'],
    ['returned elsewhere', { returnAddress: 'a@evil.example' }, reject('unverified_sender')],
    [
      'returned to a name like the agency',
      { returnAddress: 'a@springfield.example.evil' },
      reject('unverified_sender'),
    ],
    [
      'returned to two',
      { returnAddress: 'a@evil@springfield.example' },
      reject('unverified_sender'),
    ],
    ['a live view', { process: 'live-intercept' }, reject('capability_absent')],
    ['of a foreign court', { process: 'foreign-demand' }, reject('out_of_jurisdiction')],
  ])('%s', async (_title, more, expected) => {
    expect(await outcomes(more)).toEqual(expected);
  });

  test('a demand of an agency that nobody has verified is refused', async () => {
    const office = await openDeskOffice();
    await office.catalogue.write((tx) =>
      tx.updateTable('agencies').set({ verifiedAt: null, verifiedBy: null }).execute(),
    );
    await office.pass(days(3));
    const { outcome } = given(
      await office.desk.submit(office.people['agency-officer'], whole, paper()),
    );
    expect(outcome).toEqual(reject('unverified_sender'));
  });

  test("a gag order names a demand of the same agency: another's is as what never was", async () => {
    const office = await openDeskOffice();
    await office.pass(days(3));
    const form = { ...whole, process: 'non-disclosure-order', silences: ulidNumbered(9) };
    expect(await office.desk.submit(office.people['agency-officer'], form, paper())).toMatchObject({
      because: 'malformed',
      invalid: [{ where: 'silences' }],
    });
  });

  test("an account that is nobody's gives no records, and nothing about anyone", async () => {
    const office = await openDeskOffice();
    await office.pass(days(3));
    const { desk, people } = office;
    const form = {
      ...whole,
      subjects: [{ by: 'account' as const, account: ulidNumbered(31) }],
    };
    const { demand, outcome } = given(await desk.submit(people['agency-officer'], form, paper()));
    expect(outcome).toBeNull();
    expect(await office.holds.ofBasis(demand)).toEqual([]);
  });
});
