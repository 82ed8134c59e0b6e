/** An order for everything in an export store. */
import type { ExportOrder } from '../../cloud-stub/legal/export-order.ts';
import type { ClipKey } from '../../cloud-stub/ports.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import { epochMs } from '../../device/wire/time.ts';

export const exportId = `01E${'0'.repeat(23)}` as Ulid;

const person = (principal: string) => ({ principal, name: principal, title: 'of the bench' });

export const orderOf = (clips: readonly ClipKey[]): ExportOrder => ({
  export: exportId,
  demand: {
    ...{ demand: `01D${'0'.repeat(23)}` as Ulid, process: 'search-warrant' },
    ...{ receivedAt: epochMs(0), signedAt: null, servedOn: 'the bench', issuer: null },
    sender: { principal: 'officer', agency: 'agency', agencyVerified: true, secondFactor: true },
    scope: { subjects: [], from: null, to: null, timeZone: null, area: null, indoor: [] },
    classes: ['content'],
    document: {
      reissuedAt: null,
      sha256: null,
      pages: 0,
      pagesDeclared: 0,
      attachmentsMissing: [],
    },
    ...{ silence: null, returnAddress: '', caseNumber: null, renews: null, filters: [] },
    ...{ emergency: null, consent: null, standing: 'open' },
  },
  outcome: { code: 'FULL' },
  clips: clips.map((key) => ({ ...key, edge: false, decryptable: true })),
  records: [],
  withheld: [],
  people: {
    requester: person('officer'),
    reviewer: person('reviewer'),
    approver: person('approver'),
    custodian: person('custodian'),
  },
  documents: [],
  provider: 'the bench',
});
