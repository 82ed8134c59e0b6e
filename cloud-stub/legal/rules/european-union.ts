/** European production and preservation orders: Regulation (EU) 2023/1543. */
import type { ProcessRow } from '../process-rules.ts';
import * as column from './columns.ts';

/** Validated authorities; content and traffic data need a judge. From memory of article 4. */
const issuers: ProcessRow['issuers'] = {
  subscriber: ['prosecutor', 'magistrate', 'judge'],
  beyond: ['magistrate', 'judge'],
};

export const europeanUnion: readonly ProcessRow[] = [
  {
    process: 'eu-production-order',
    jurisdiction: 'EU',
    effect: 'disclose',
    basis: [
      { cite: 'Regulation (EU) 2023/1543, article 4', confirmed: 'memory' },
      { cite: 'Regulation (EU) 2023/1543, article 10', confirmed: 'secondary' },
    ],
    compels: column.compels('must', 'must', 'must'),
    subscriberFields: column.allFields,
    // A provider outside the Union has no addressee there; the profile `eu` has.
    policy: column.denied,
    refusedAs: 'out_of_jurisdiction',
    issuers,
    requires: column.servedPaper,
    // Of data stored already: that is its hold until it is produced.
    captures: 'snapshot',
    notice: column.noticeBefore,
    authorityNotice: column.noAuthorityNotice,
    gag: { accepts: 'court-order', maxDays: 365 },
    validDays: null,
    hold: { kind: 'eu-preservation', days: 60, renewals: 1 },
    deadline: { stated: false, hours: 240, emergencyHours: 8 },
    approvals: 1,
    reportAs: 'non-us',
    effectiveFrom: '2026-08-18',
    effectiveTo: null,
  },
  {
    process: 'eu-preservation-order',
    jurisdiction: 'EU',
    effect: 'preserve',
    basis: [{ cite: 'Regulation (EU) 2023/1543, article 11', confirmed: 'read' }],
    compels: column.nothing,
    subscriberFields: [],
    policy: column.denied,
    refusedAs: 'out_of_jurisdiction',
    // A preservation order reaches every class with a prosecutor's signature.
    issuers: { subscriber: issuers.subscriber, beyond: issuers.subscriber },
    requires: [...column.servedPaper, 'V18'],
    captures: 'snapshot',
    notice: column.noNotice,
    authorityNotice: column.noAuthorityNotice,
    gag: { accepts: 'court-order', maxDays: 365 },
    validDays: null,
    hold: { kind: 'eu-preservation', days: 60, renewals: 1 },
    deadline: column.noDeadline,
    approvals: 0,
    reportAs: 'preservation',
    effectiveFrom: '2026-08-18',
    effectiveTo: null,
  },
];
