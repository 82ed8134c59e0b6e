/** What comes with a subpoena or order and compels no record by itself: 18 USC 2704 and 2705(a). */
import type { ProcessRow } from '../process-rules.ts';
import * as column from './columns.ts';

export const adjunctsUs: readonly ProcessRow[] = [
  {
    // It delays the notice that the authority owes for content without a warrant, and silences
    // nobody else: the provider is silenced by an order under 2705(b) alone.
    process: 'delayed-notice',
    jurisdiction: 'US',
    effect: 'record',
    basis: [{ cite: '18 USC 2705(a)', confirmed: 'read' }],
    compels: column.nothing,
    subscriberFields: [],
    policy: column.denied,
    refusedAs: null,
    // A court's order, or the certification of a supervisory official.
    issuers: {
      subscriber: ['judge', 'magistrate', 'agency', 'prosecutor'],
      beyond: ['judge', 'magistrate', 'agency', 'prosecutor'],
    },
    requires: ['V01', 'V02', 'V03', 'V04', 'V06', 'V12', 'V13', 'V14', 'V15', 'V17'],
    captures: 'none',
    notice: column.noNotice,
    // 90 days, and by further orders 90 more at a time.
    authorityNotice: { withinDays: 0, delayDaysMax: 90 },
    gag: column.noGag,
    validDays: null,
    hold: null,
    deadline: column.noDeadline,
    approvals: 0,
    reportAs: 'other',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
  {
    // A requirement within a subpoena or order for content under 2703(b)(2): a copy is kept, and
    // whether it leaves is for the demand it belongs to.
    process: 'backup-preservation',
    jurisdiction: 'US',
    effect: 'preserve',
    basis: [
      { cite: '18 USC 2704(a)', confirmed: 'memory' },
      { cite: '18 USC 2704(b)', confirmed: 'read' },
    ],
    compels: column.nothing,
    subscriberFields: [],
    policy: column.denied,
    refusedAs: null,
    issuers: {
      subscriber: ['judge', 'magistrate', 'prosecutor', 'grand-jury', 'agency'],
      beyond: ['judge', 'magistrate', 'prosecutor', 'grand-jury', 'agency'],
    },
    requires: column.servedPaper,
    captures: 'snapshot',
    notice: column.noNotice,
    // The authority tells within three days; the customer has fourteen to challenge: 2704(a)(2), (b)(1).
    authorityNotice: { withinDays: 3, delayDaysMax: 90, challengeDays: 14 },
    gag: column.noGag,
    validDays: null,
    // Not to be destroyed before delivery or the end of the proceedings.
    hold: { kind: 'backup-preservation', days: null, renewals: 0 },
    // Two business days, counted as the strictest reader would.
    deadline: { stated: false, hours: 48, emergencyHours: null },
    approvals: 0,
    reportAs: 'preservation',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
];
