/** National security, foreign demands, and what this service cannot do for anyone. */
import type { ProcessRow } from '../process-rules.ts';
import * as column from './columns.ts';

export const nationalSecurity: readonly ProcessRow[] = [
  {
    process: 'national-security-letter',
    jurisdiction: 'US',
    effect: 'disclose',
    basis: [{ cite: '18 USC 2709', confirmed: 'memory' }],
    compels: column.compels('must', 'never', 'never'),
    // Name, address and length of service; toll records there are none.
    subscriberFields: ['name', 'address', 'service-length-and-types'],
    policy: column.policy('allow', 'deny', 'deny'),
    refusedAs: null,
    // By certification of a senior official, with no court.
    issuers: { subscriber: ['agency'], beyond: [] },
    requires: column.servedPaper,
    captures: 'none',
    notice: column.noticeBefore,
    authorityNotice: column.noAuthorityNotice,
    // 2709(c): the letter silences by its own certification, subject to judicial review; the year
    // is the provider's, after which it asks for that review.
    gag: { accepts: 'statutory', maxDays: 365 },
    validDays: null,
    hold: null,
    deadline: column.statedDeadline,
    approvals: 1,
    // Reported in bands.
    reportAs: 'national-security',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
  {
    process: 'fisa-order',
    jurisdiction: 'US',
    effect: 'disclose',
    basis: [{ cite: '50 USC chapter 36', confirmed: 'memory' }],
    compels: column.compels('may', 'may', 'may'),
    subscriberFields: column.allFields,
    // "Per order" is more than a row can judge: content is denied here until counsel and a profile
    // of its own say otherwise.
    policy: column.policy('allow', 'allow', 'deny'),
    refusedAs: null,
    issuers: { subscriber: ['judge'], beyond: ['judge'] },
    requires: column.servedPaper,
    captures: 'continuing',
    notice: column.noticeBefore,
    authorityNotice: column.noAuthorityNotice,
    gag: { accepts: 'statutory', maxDays: 365 },
    validDays: null,
    hold: { kind: 'court-order', days: null, renewals: 0 },
    deadline: column.statedDeadline,
    approvals: 2,
    reportAs: 'national-security',
    effectiveFrom: '1978-10-25',
    effectiveTo: null,
  },
  {
    // Redirected to a treaty of mutual assistance or an executive agreement, which arrive as
    // process of the United States.
    process: 'foreign-demand',
    jurisdiction: 'any',
    effect: 'disclose',
    basis: [
      { cite: '18 USC 2702(b)(9)', confirmed: 'memory' },
      { cite: '18 USC 2713', confirmed: 'memory' },
    ],
    compels: column.nothing,
    subscriberFields: [],
    policy: column.denied,
    refusedAs: 'out_of_jurisdiction',
    issuers: {
      subscriber: ['agency', 'prosecutor', 'judge'],
      beyond: ['agency', 'prosecutor', 'judge'],
    },
    requires: column.servedPaper,
    captures: 'none',
    notice: column.noNotice,
    authorityNotice: column.noAuthorityNotice,
    gag: column.noGag,
    validDays: null,
    hold: null,
    deadline: column.noDeadline,
    approvals: 1,
    reportAs: 'non-us',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
  {
    // Intercepts, pen registers, live views: there is no such route, and no paper makes one.
    process: 'live-intercept',
    jurisdiction: 'any',
    effect: 'disclose',
    basis: [
      { cite: '18 USC 2518', confirmed: 'memory' },
      { cite: '18 USC 3123', confirmed: 'memory' },
    ],
    compels: column.nothing,
    subscriberFields: [],
    policy: column.denied,
    refusedAs: 'capability_absent',
    issuers: { subscriber: ['judge', 'magistrate'], beyond: ['judge', 'magistrate'] },
    requires: column.servedPaper,
    captures: 'none',
    notice: column.noNotice,
    authorityNotice: column.noAuthorityNotice,
    gag: column.courtGag,
    validDays: null,
    hold: null,
    deadline: column.noDeadline,
    approvals: 1,
    reportAs: 'other',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
];
