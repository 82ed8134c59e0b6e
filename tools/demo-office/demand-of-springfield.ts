/** What Officer Olin serves: a form, and a paper with as many pages as it has. */
import type { DemandFormInput } from '../../cloud-stub/services/legal-desk/demand-form.ts';
import type { ServedFile } from '../../cloud-stub/services/legal-desk/served-documents.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { days, type EpochMs, hours, isoTime, later } from '../../device/wire/time.ts';

/** For the evening of `recordedAt`, for one doorbell. */
export const warrantForm = (
  now: EpochMs,
  recordedAt: EpochMs,
  thing: ThingName,
): DemandFormInput => ({
  process: 'search-warrant',
  servedOn: 'Doorbell Cloud LLC',
  issuer: {
    kind: 'judge',
    name: 'J. Quill',
    title: 'Circuit Judge',
    body: 'Circuit Court of Springfield',
    jurisdiction: 'US',
  },
  signedAt: isoTime(later(now, hours(-6))),
  subjects: [{ by: 'device', thing }],
  from: isoTime(later(recordedAt, hours(-1))),
  to: isoTime(later(recordedAt, hours(1))),
  timeZone: 'UTC',
  area: null,
  indoor: [],
  classes: ['subscriber', 'content'],
  returnBy: isoTime(later(now, days(21))),
  returnAddress: 'evidence@springfield.example',
  caseNumber: '26-004711',
  pagesDeclared: 3,
  silence: null,
  renews: null,
  silences: null,
  filters: [],
  emergency: null,
});

/** Who has the doorbell, and nothing of what it saw. */
export const subpoenaForm = (now: EpochMs, thing: ThingName): DemandFormInput => ({
  ...warrantForm(now, now, thing),
  process: 'grand-jury-subpoena',
  issuer: {
    kind: 'grand-jury',
    name: 'F. Fore',
    title: 'Foreperson',
    body: 'Grand Jury of Springfield',
    jurisdiction: 'US',
  },
  classes: ['subscriber'],
  pagesDeclared: 1,
});

export const warrantPaper = (text: string): ServedFile => ({
  name: 'warrant.pdf',
  mediaType: 'application/pdf',
  bytes: Buffer.from(`%PDF-1.7\n% ${text}\n%%EOF\n`),
});
