/** A form to fill in, and what a paper's name says it is. */
import type { DemandFormInput } from '../../cloud-stub/services/legal-desk/demand-form.ts';
import { CommandFailure } from './failure.ts';

export const demandFormExample: DemandFormInput = {
  process: 'search-warrant',
  servedOn: 'Doorbell Cloud LLC',
  issuer: {
    kind: 'judge',
    name: 'A. Judge',
    title: 'Judge',
    body: 'District Court',
    jurisdiction: 'US',
  },
  signedAt: '2026-11-20T09:00:00-05:00',
  subjects: [{ by: 'device', thing: 'front-door' as never }],
  from: '2026-11-18T20:00:00-05:00',
  to: '2026-11-18T23:00:00-05:00',
  timeZone: 'America/New_York',
  area: null,
  indoor: [],
  classes: ['subscriber', 'non-content', 'content'],
  returnBy: null,
  returnAddress: 'evidence@agency.example',
  caseNumber: '26-000123',
  pagesDeclared: 1,
  silence: null,
  renews: null,
  silences: null,
  filters: [],
  emergency: null,
};

const mediaTypes: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  tif: 'image/tiff',
  tiff: 'image/tiff',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
};

export function mediaTypeOf(file: string): string {
  const type = mediaTypes[file.split('.').at(-1)?.toLowerCase() ?? ''];
  if (type === undefined) {
    throw new CommandFailure(`${file}: expected one of .${Object.keys(mediaTypes).join(', .')}`, 2);
  }
  return type;
}
