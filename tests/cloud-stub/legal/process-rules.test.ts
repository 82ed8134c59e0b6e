import { describe, expect, test } from 'vitest';
import { eu } from '../../../cloud-stub/custody/profiles/eu.ts';
import { privacyFirst } from '../../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../../cloud-stub/custody/profiles/ring-2019.ts';
import { issuedClasses } from '../../../cloud-stub/legal/class-grants.ts';
import {
  legalPolicies,
  legalPolicySchema,
  policyOf,
} from '../../../cloud-stub/legal/legal-policy.ts';
import {
  type ProcessId,
  type ProcessRow,
  processIds,
  readProcessRules,
  ruleInForce,
} from '../../../cloud-stub/legal/process-rules.ts';
import { shippedRows, shippedRules } from '../../../cloud-stub/legal/rules/shipped-rules.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { demandOf, legalOf, ruleOf } from './demand-samples.ts';

/** S, N, C: released at most. A refusal: not accepted at all. */
const matrix: readonly [ProcessId, string, string, string][] = [
  // process, ring-2019, privacy-first, eu
  ['owner-consent', 'SNC', 'SNC', 'SNC'],
  ['administrative-subpoena', 'S', 'S', 'out_of_jurisdiction'],
  ['grand-jury-subpoena', 'S', 'S', 'out_of_jurisdiction'],
  ['trial-subpoena', 'S', 'S', 'out_of_jurisdiction'],
  ['court-order-2703d', 'SN', 'SN', 'out_of_jurisdiction'],
  ['search-warrant', 'SNC', 'SNC', 'out_of_jurisdiction'],
  ['emergency', 'SNC', 'S', 'out_of_jurisdiction'],
  ['preservation-request', '', '', 'out_of_jurisdiction'],
  ['non-disclosure-order', '', '', 'out_of_jurisdiction'],
  ['national-security-letter', 'S', 'S', 'out_of_jurisdiction'],
  ['fisa-order', 'SN', 'SN', 'out_of_jurisdiction'],
  ['foreign-demand', 'out_of_jurisdiction', 'out_of_jurisdiction', 'out_of_jurisdiction'],
  ['eu-production-order', 'out_of_jurisdiction', 'out_of_jurisdiction', 'SNC'],
  ['eu-preservation-order', 'out_of_jurisdiction', 'out_of_jurisdiction', ''],
  ['civil-subpoena', 'S', '', 'out_of_jurisdiction'],
  ['delayed-notice', '', '', 'out_of_jurisdiction'],
  ['backup-preservation', '', '', 'out_of_jurisdiction'],
  ['live-intercept', 'capability_absent', 'capability_absent', 'capability_absent'],
];

describe('the rows', () => {
  test('there is one for each process, and the table here names them all [LEG-1]', () => {
    expect(shippedRules.map(({ process }) => process).toSorted()).toEqual(
      [...processIds].toSorted(),
    );
    expect(matrix.map(([process]) => process).toSorted()).toEqual([...processIds].toSorted());
  });

  test.each(matrix)(
    'what %s releases at most: %s, %s, %s [LEG-1, LEG-2]',
    (process, ...profiles) => {
      const rule = ruleOf(process);
      const found = ['ring-2019', 'privacy-first', 'eu'].map((name) => {
        const legal = legalOf(name);
        const { refusedAs } = policyOf(rule, legal);
        const letters = { subscriber: 'S', 'non-content': 'N', content: 'C' };
        return (
          refusedAs ??
          issuedClasses(demandOf(process), rule, legal)
            .map((each) => letters[each])
            .join('')
        );
      });
      expect(found).toEqual(profiles);
    },
  );

  test('a statute that reaches content is not enough where policy denies it [LEG-1]', () => {
    const subpoena = ruleOf('grand-jury-subpoena');
    expect([subpoena.compels.content, subpoena.policy.content]).toEqual(['may', 'deny']);
  });

  test('a national security letter reaches three fields of subscriber information', () => {
    expect(ruleOf('national-security-letter').subscriberFields).toEqual([
      'name',
      'address',
      'service-length-and-types',
    ]);
  });

  test('European orders exist from 18 August 2026 on, to the instant [LEG-1]', () => {
    const from = Date.UTC(2026, 7, 18);
    expect(ruleInForce(shippedRules, 'eu-production-order', epochMs(from - 1))).toBeNull();
    expect(ruleInForce(shippedRules, 'eu-production-order', epochMs(from))).not.toBeNull();
  });

  test('what was read is told from what is to be confirmed', () => {
    const unread = shippedRules.flatMap(({ basis }) =>
      basis.filter(({ confirmed }) => confirmed !== 'read').map(({ cite }) => cite),
    );
    expect(unread).toContain('18 USC 2703(d)');
    expect(unread).not.toContain('18 USC 2703(f)');
  });

  test('every profile of custody has its legal policy [LEG-1]', () => {
    expect([...legalPolicies.keys()]).toEqual([ring2019, privacyFirst, eu].map(({ name }) => name));
  });
});

describe('a row that does not hold is refused by name', () => {
  const warrant = shippedRows.find(({ process }) => process === 'search-warrant') as ProcessRow;
  const request = shippedRows.find(
    ({ process }) => process === 'preservation-request',
  ) as ProcessRow;
  test.each<[string, readonly object[], string]>([
    [
      'policy beyond the statute',
      [{ ...warrant, compels: { ...warrant.compels, content: 'never' } }],
      'allows content',
    ],
    [
      'nobody to issue it',
      [{ ...warrant, issuers: { ...warrant.issuers, beyond: [] } }],
      'nobody can issue for non-content',
    ],
    [
      "days that are not custody's [HLD-5]",
      [{ ...request, hold: { ...request.hold, days: 91 } }],
      "custody's terms of preservation-request differ",
    ],
    [
      "renewals that are not custody's [HLD-5]",
      [{ ...request, hold: { ...request.hold, renewals: 2 } }],
      "custody's terms",
    ],
    ["another capture than custody's", [{ ...request, captures: 'continuing' }], 'snapshot'],
    ['captures without a hold', [{ ...request, hold: null }], 'captures without a hold'],
    ['two rows in force at once', [warrant, warrant], 'another row of search-warrant'],
    ['an unknown process', [{ ...warrant, process: 'polite-request' }], 'process'],
    ['an unknown check', [{ ...warrant, requires: ['V21'] }], 'requires'],
    ['no law behind it', [{ ...warrant, basis: [] }], 'basis'],
    ['a column too many', [{ ...warrant, secret: true }], 'secret'],
    ['a day that is none', [{ ...warrant, effectiveFrom: '2026-02-30' }], 'effectiveFrom'],
  ])('%s', (_title, rows, because) => {
    expect(readProcessRules(rows)).toEqual({
      ok: false,
      because: expect.stringContaining(because),
    });
  });

  test('one row may follow another of its process, and is in force from its first instant', () => {
    const first = Date.UTC(2026, 0, 1);
    const old = { ...warrant, effectiveTo: '2026-01-01' };
    const next = { ...warrant, effectiveFrom: '2026-01-01', validDays: 10 };
    const reading = readProcessRules([old, next]);
    const validAt = (at: number) =>
      reading.ok && ruleInForce(reading.rules, 'search-warrant', epochMs(at))?.validDays;
    expect([validAt(first - 1), validAt(first)]).toEqual([14, 10]);
  });

  test('a legal policy for an unknown process is refused', () => {
    const grants = { 'polite-request': { policy: warrant.policy, refusedAs: null } };
    expect(legalPolicySchema.safeParse({ ...legalOf('ring-2019'), grants }).success).toBe(false);
  });
});
