/** What courts, grand juries and agencies of the United States serve in criminal matters. */
import type { ProcessRow } from '../process-rules.ts';
import * as column from './columns.ts';

/**
 * Some content could be had with prior notice by the statute, 2703(b)(1)(B)(i); policy gives
 * subscriber information only, as the provider published.
 */
const subpoena: Omit<ProcessRow, 'process' | 'issuers'> = {
  jurisdiction: 'US',
  effect: 'disclose',
  basis: [
    { cite: '18 USC 2703(c)(2)', confirmed: 'read' },
    { cite: '18 USC 2703(b)(1)(B)(i)', confirmed: 'read' },
  ],
  compels: column.compels('must', 'never', 'may'),
  subscriberFields: column.allFields,
  policy: column.policy('allow', 'deny', 'deny'),
  refusedAs: null,
  requires: column.servedPaper,
  captures: 'none',
  notice: column.noticeBefore,
  // Of content alone, which policy gives to no subpoena: 2703(b)(1)(B).
  authorityNotice: column.noAuthorityNotice,
  gag: column.courtGag,
  validDays: null,
  hold: null,
  deadline: column.statedDeadline,
  approvals: 1,
  reportAs: 'subpoenas',
  effectiveFrom: column.ecpaFrom,
  effectiveTo: null,
};

/** What a court may quash or modify on a motion; an agency's own subpoena is another matter. */
const ofCourts: Pick<ProcessRow, 'basis' | 'motions'> = {
  basis: [
    ...subpoena.basis,
    { cite: 'Federal Rules of Criminal Procedure, rule 17(c)(2)', confirmed: 'memory' },
  ],
  motions: ['unreasonable-or-oppressive'],
};

export const courtsUs: readonly ProcessRow[] = [
  {
    ...subpoena,
    process: 'administrative-subpoena',
    issuers: { subscriber: ['agency', 'prosecutor'], beyond: ['agency', 'prosecutor'] },
  },
  {
    ...subpoena,
    process: 'grand-jury-subpoena',
    ...ofCourts,
    issuers: {
      subscriber: ['grand-jury', 'prosecutor', 'clerk'],
      beyond: ['grand-jury', 'prosecutor', 'clerk'],
    },
  },
  {
    ...subpoena,
    process: 'trial-subpoena',
    ...ofCourts,
    issuers: {
      subscriber: ['clerk', 'judge', 'magistrate', 'prosecutor'],
      beyond: ['clerk', 'judge', 'magistrate', 'prosecutor'],
    },
  },
  {
    process: 'court-order-2703d',
    jurisdiction: 'US',
    effect: 'disclose',
    basis: [
      { cite: '18 USC 2703(d)', confirmed: 'memory' },
      { cite: '18 USC 2703(c)(1)(B)', confirmed: 'read' },
      { cite: '18 USC 2703(b)(1)(B)(ii)', confirmed: 'read' },
    ],
    // Content with prior notice by the statute; never by policy.
    compels: column.compels('must', 'must', 'may'),
    subscriberFields: column.allFields,
    policy: column.policy('allow', 'allow', 'deny'),
    refusedAs: null,
    issuers: { subscriber: ['judge', 'magistrate'], beyond: ['judge', 'magistrate'] },
    requires: column.servedPaper,
    captures: 'continuing',
    notice: column.noticeBefore,
    authorityNotice: column.noAuthorityNotice,
    gag: column.courtGag,
    validDays: null,
    hold: { kind: 'court-order', days: null, renewals: 0 },
    deadline: column.statedDeadline,
    // "Unusually voluminous in nature", or "an undue burden on such provider", on a motion made promptly.
    motions: ['unusually-voluminous', 'undue-burden'],
    approvals: 1,
    reportAs: 'court-orders',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
  {
    process: 'search-warrant',
    jurisdiction: 'US',
    effect: 'disclose',
    basis: [
      { cite: '18 USC 2703(a)', confirmed: 'read' },
      { cite: '18 USC 2703(b)(1)(A)', confirmed: 'read' },
      { cite: '18 USC 2703(c)(1)(A)', confirmed: 'read' },
      { cite: 'Federal Rules of Criminal Procedure, rule 41', confirmed: 'memory' },
    ],
    compels: column.compels('must', 'must', 'must'),
    subscriberFields: column.allFields,
    policy: column.policy('allow', 'allow', 'allow'),
    refusedAs: null,
    issuers: { subscriber: ['judge', 'magistrate'], beyond: ['judge', 'magistrate'] },
    requires: [...column.servedPaper, 'V05'],
    captures: 'snapshot',
    // The statute asks no notice of the government here; the provider gives its own.
    notice: column.noticeBefore,
    authorityNotice: column.noAuthorityNotice,
    gag: column.courtGag,
    // Rule 41(e)(2): to be executed within 14 days.
    validDays: 14,
    hold: { kind: 'search-warrant', days: null, renewals: 0 },
    deadline: column.statedDeadline,
    approvals: 1,
    reportAs: 'search-warrants',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
  {
    process: 'non-disclosure-order',
    jurisdiction: 'US',
    effect: 'withhold-notice',
    basis: [{ cite: '18 USC 2705(b)', confirmed: 'read' }],
    compels: column.nothing,
    subscriberFields: [],
    policy: column.denied,
    refusedAs: null,
    issuers: { subscriber: ['judge', 'magistrate'], beyond: ['judge', 'magistrate'] },
    // It names a process, not footage: nothing of scope binds.
    requires: ['V01', 'V02', 'V03', 'V04', 'V06', 'V12', 'V13', 'V14', 'V15', 'V17'],
    captures: 'none',
    notice: column.noNotice,
    authorityNotice: column.noAuthorityNotice,
    gag: column.courtGag,
    validDays: null,
    hold: null,
    deadline: column.noDeadline,
    approvals: 0,
    reportAs: 'other',
    effectiveFrom: column.ecpaFrom,
    effectiveTo: null,
  },
];
