import { describe, expect, test } from 'vitest';
import { holdKinds, holdTerms } from '../../../cloud-stub/custody/holds-policy.ts';
import {
  type ProcessId,
  type ProcessRule,
  processIds,
} from '../../../cloud-stub/legal/process-rules.ts';
import { days } from '../../../device/wire/time.ts';
import { ruleOf } from './demand-samples.ts';

/**
 * The table of legal process as the reference has it (L2.1), cell by cell: classes by statute (`+` must, `?` may, `-`
 * never) for subscriber, other records and content, and the provider's policy (`+` allow, `-` deny) for the same.
 */
type Cells = Readonly<Record<string, unknown>>;
const before = 'before';
const year = { accepts: 'court-order', maxDays: 365 };
const none = { accepts: 'none', maxDays: 0 };
const lawful = { accepts: 'statutory', maxDays: 365 };
const until = (kind: string) => ({ kind, days: null, renewals: 0 });
const stated = 'stated';

const table: Readonly<Record<ProcessId, Cells>> = {
  'owner-consent': { classes: '???/+++', notice: 'none', gag: none, approvals: 1 },
  'administrative-subpoena': { classes: '+-?/+--', notice: before, gag: year, answer: stated },
  'grand-jury-subpoena': { classes: '+-?/+--', notice: before, gag: year, answer: stated },
  'trial-subpoena': { classes: '+-?/+--', notice: before, gag: year, answer: stated },
  'court-order-2703d': {
    ...{ classes: '++?/++-', notice: before, gag: year, answer: stated },
    hold: until('court-order'),
  },
  'search-warrant': {
    ...{ classes: '+++/+++', notice: before, gag: year, answer: stated, validDays: 14 },
    hold: until('search-warrant'),
  },
  emergency: {
    ...{ classes: '???/+++', notice: 'after 3', gag: none, answer: '1 h', approvals: 2 },
    followUpDays: 14,
  },
  'preservation-request': {
    ...{ classes: '---/---', notice: 'none', gag: none, approvals: 0 },
    hold: { kind: 'preservation-request', days: 90, renewals: 1 },
  },
  'non-disclosure-order': { classes: '---/---', notice: 'none', gag: year, approvals: 0 },
  'delayed-notice': {
    ...{ classes: '---/---', notice: 'none', gag: none, approvals: 0 },
    authorityNotice: { withinDays: 0, delayDaysMax: 90, challengeDays: null },
  },
  'backup-preservation': {
    ...{ classes: '---/---', notice: 'none', gag: none, approvals: 0, answer: '48 h' },
    authorityNotice: { withinDays: 3, delayDaysMax: 90, challengeDays: 14 },
    hold: until('backup-preservation'),
  },
  'national-security-letter': { classes: '+--/+--', notice: before, gag: lawful, answer: stated },
  'fisa-order': {
    ...{ classes: '???/++-', notice: before, gag: lawful, answer: stated, approvals: 2 },
    hold: until('court-order'),
  },
  'foreign-demand': { classes: '---/---', notice: 'none', gag: none, refused: true },
  'eu-production-order': {
    ...{ classes: '+++/---', notice: before, gag: year, answer: '240 h or 8 h', refused: true },
    hold: { kind: 'eu-preservation', days: 60, renewals: 1 },
  },
  'eu-preservation-order': {
    ...{ classes: '---/---', notice: 'none', gag: year, approvals: 0, refused: true },
    hold: { kind: 'eu-preservation', days: 60, renewals: 1 },
  },
  'civil-subpoena': { classes: '??-/+--', notice: before, gag: none, answer: stated },
  'live-intercept': { classes: '---/---', notice: 'none', gag: year, refused: true },
};

const signs = { must: '+', may: '?', never: '-', allow: '+', deny: '-' } as const;
function cellsOf(rule: ProcessRule): Cells {
  const { compels, policy, deadline, notice, hold } = rule;
  const all = ['subscriber', 'non-content', 'content'] as const;
  const line = (cells: Readonly<Record<(typeof all)[number], keyof typeof signs>>) =>
    all.map((each) => signs[cells[each]]).join('');
  const { hours, emergencyHours } = deadline;
  const sooner =
    emergencyHours === null || emergencyHours === hours ? '' : ` or ${emergencyHours} h`;
  return {
    classes: `${line(compels)}/${line(policy)}`,
    notice: notice.delayDays === 0 ? notice.when : `${notice.when} ${notice.delayDays}`,
    ...{ gag: rule.gag, validDays: rule.validDays, approvals: rule.approvals, hold },
    answer: deadline.stated ? stated : hours === null ? null : `${hours} h${sooner}`,
    ...{ authorityNotice: rule.authorityNotice, followUpDays: rule.followUpDays },
    refused: rule.refusedAs !== null,
  };
}

describe('the table of legal process [LEG-1]', () => {
  test.each(processIds)('%s', (process) => {
    expect(cellsOf(ruleOf(process))).toEqual({
      ...{ validDays: null, approvals: 1, hold: null, answer: null },
      ...{ authorityNotice: null, followUpDays: null, refused: false, ...table[process] },
    });
  });

  test('and of holds: how long, how often renewed, of what comes later too [HLD-3, HLD-4, HLD-5]', () => {
    const terms = holdKinds.map((kind) => {
      const { capture, term, renewalsMax, renewalMs } = holdTerms[kind];
      return [kind, capture, term, renewalsMax, renewalMs];
    });
    expect(terms).toEqual([
      ['intake', 'snapshot', 'policy', 0, 0],
      ['preservation-request', 'snapshot', days(90), 1, days(90)],
      ['search-warrant', 'snapshot', null, 0, 0],
      ['court-order', 'continuing', null, 0, 0],
      ['litigation', 'continuing', null, 0, 0],
      ['eu-preservation', 'snapshot', days(60), 1, days(30)],
      ['backup-preservation', 'snapshot', null, 0, 0],
    ]);
  });
});
