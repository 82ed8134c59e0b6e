/** What states add to the rows, checked. */
import { type OverlayRow, type RuleOverlay, ruleOverlaysSchema } from '../rule-overlays.ts';

export const stateOverlayRows: readonly OverlayRow[] = [
  {
    // The agency tells the target as it executes the warrant. A court may delay that, and silence
    // the provider, for 90 days, and for 90 more at a time.
    jurisdiction: 'US-CA',
    processes: ['search-warrant', 'non-disclosure-order'],
    basis: [
      { cite: 'California Penal Code 1546.2(a)', confirmed: 'read' },
      { cite: 'California Penal Code 1546.2(b)', confirmed: 'read' },
      { cite: 'California Penal Code 1546.1', confirmed: 'memory' },
    ],
    authorityNotice: { withinDays: 0, delayDaysMax: 90 },
    gagDaysMax: 90,
    effectiveFrom: '2016-01-01',
    effectiveTo: null,
  },
  {
    // Within three court days of an emergency; calendar days here, which end no later.
    jurisdiction: 'US-CA',
    processes: ['emergency'],
    basis: [{ cite: 'California Penal Code 1546.2(a)', confirmed: 'read' }],
    authorityNotice: { withinDays: 3, delayDaysMax: 90 },
    gagDaysMax: null,
    effectiveFrom: '2016-01-01',
    effectiveTo: null,
  },
];

export const stateOverlays: readonly RuleOverlay[] = ruleOverlaysSchema.parse(stateOverlayRows);
