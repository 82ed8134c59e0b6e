import { describe, expect, test } from 'vitest';
import { intakeChecks } from '../../../cloud-stub/legal/intake-checks.ts';
import type { ProcessId } from '../../../cloud-stub/legal/process-rules.ts';
import { overlaid, ruleOverlaysSchema } from '../../../cloud-stub/legal/rule-overlays.ts';
import { stateOverlayRows, stateOverlays } from '../../../cloud-stub/legal/rules/state-overlays.ts';
import { epochMs } from '../../../device/wire/time.ts';
import { caseOf, demandOf, ruleOf } from './demand-samples.ts';

const from = (process: ProcessId, jurisdiction: string) => {
  const demand = demandOf(process);
  const { issuer } = demand;
  return { ...demand, issuer: issuer === null ? null : { ...issuer, jurisdiction } };
};
const laidOver = (process: ProcessId, jurisdiction: string) =>
  overlaid(ruleOf(process), stateOverlays, from(process, jurisdiction));

describe('what a state adds to a federal row [LEG-1]', () => {
  test.each<[string, ProcessId, number, object | null]>([
    ['US', 'search-warrant', 365, null],
    ['US-CA', 'search-warrant', 90, { withinDays: 0, delayDaysMax: 90, challengeDays: null }],
    ['US-CA', 'non-disclosure-order', 90, { withinDays: 0, delayDaysMax: 90, challengeDays: null }],
    ['US-CA', 'emergency', 0, { withinDays: 3, delayDaysMax: 90, challengeDays: null }],
    ['US-CA', 'trial-subpoena', 365, null],
    ['US-TX', 'search-warrant', 365, null],
  ])('%s, %s: silence for at most %i days', (jurisdiction, process, maxDays, authorityNotice) => {
    const { gag, authorityNotice: found } = laidOver(process, jurisdiction);
    expect([gag.maxDays, found]).toEqual([maxDays, authorityNotice]);
  });

  test('is cited beside the statute, and compels and allows nothing by itself', () => {
    const row = ruleOf('search-warrant');
    const rule = laidOver('search-warrant', 'US-CA');
    expect(rule.basis.map(({ cite }) => cite)).toEqual([
      ...row.basis.map(({ cite }) => cite),
      ...['California Penal Code 1546.2(a)', 'California Penal Code 1546.2(b)'],
      'California Penal Code 1546.1',
    ]);
    expect([rule.compels, rule.policy]).toEqual([row.compels, row.policy]);
  });

  test('is in force from its day on, and to its last', () => {
    const [california] = stateOverlays;
    if (california === undefined) throw new Error('there is one');
    const { effectiveFrom } = california;
    const ended = { ...california, effectiveTo: epochMs(effectiveFrom + 1) };
    const days = [-1, 0, 1].map((ms) => {
      const demand = {
        ...from('search-warrant', 'US-CA'),
        receivedAt: epochMs(effectiveFrom + ms),
      };
      return overlaid(ruleOf('search-warrant'), [ended], demand).gag.maxDays;
    });
    expect(days).toEqual([365, 90, 365]);
  });

  test.each<[ProcessId, number, string]>([
    ['trial-subpoena', 0, 'reject'],
    ['court-order-2703d', 0, 'reject'],
    ['trial-subpoena', -1, 'counsel'],
    ['search-warrant', 0, 'counsel'],
    ['emergency', 0, 'counsel'],
  ])(
    'an area by %s, %i ms from when a search takes a warrant: %s [LEG-8]',
    (process, ms, action) => {
      const chatrie = Date.UTC(2026, 5, 29);
      for (const jurisdiction of ['US', 'US-CA', 'US-TX']) {
        const area = { ...demandOf(process).scope, subjects: [], area: 'Elm Street' };
        const demand = {
          ...{ ...from(process, jurisdiction), scope: area },
          receivedAt: epochMs(chatrie + ms),
        };
        const rule = overlaid(ruleOf(process), stateOverlays, demand);
        const facts = { ...caseOf(process), demand, rule };
        expect(intakeChecks.V10(facts)).toMatchObject({ action, reason: 'reverse_search' });
      }
    },
  );

  test.each([
    ['of no state', { jurisdiction: 'California' }],
    ['for no process', { processes: [] }],
    ['without a source', { basis: [] }],
  ])('%s is no overlay', (_title, wrong) => {
    expect(ruleOverlaysSchema.safeParse([{ ...stateOverlayRows[0], ...wrong }]).success).toBe(
      false,
    );
  });
});
