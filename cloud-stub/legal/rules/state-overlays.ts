/** What states add to the rows, and what courts have found of all of them, checked. */
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
    basis: [
      { cite: 'California Penal Code 1546.2(a)', confirmed: 'read' },
      { cite: 'California Penal Code 1546.1(h)', confirmed: 'memory' },
    ],
    authorityNotice: { withinDays: 3, delayDaysMax: 90 },
    // The agency goes to a court within the same three days.
    followUpDaysMax: 3,
    effectiveFrom: '2016-01-01',
    effectiveTo: null,
  },
  {
    // To ask who was in an area is a search, which takes a warrant. Before that day, and of a warrant,
    // two reviewers and a lawyer look: the Fifth Circuit holds that no warrant can ask it (United
    // States v. Smith, 110 F.4th 817), but a paper does not say which circuit binds its court.
    jurisdiction: 'US',
    processes: [
      'administrative-subpoena',
      'grand-jury-subpoena',
      'trial-subpoena',
      'court-order-2703d',
      'national-security-letter',
      'civil-subpoena',
    ],
    basis: [{ cite: 'Chatrie v. United States (U.S. 29 June 2026)', confirmed: 'secondary' }],
    area: 'refused',
    effectiveFrom: '2026-06-29',
    effectiveTo: null,
  },
];

export const stateOverlays: readonly RuleOverlay[] = ruleOverlaysSchema.parse(stateOverlayRows);
