/** The rows that ship with the project, checked. */
import { type ProcessRow, type ProcessRule, processRulesSchema } from '../process-rules.ts';
import { adjunctsUs } from './adjuncts-us.ts';
import { courtsUs } from './courts-us.ts';
import { europeanUnion } from './european-union.ts';
import { nationalSecurity } from './national-security.ts';
import { requests } from './requests.ts';
import { stateOverlays } from './state-overlays.ts';

export const shippedRows: readonly ProcessRow[] = [
  ...requests,
  ...courtsUs,
  ...adjunctsUs,
  ...nationalSecurity,
  ...europeanUnion,
];

export const shippedRules: readonly ProcessRule[] = processRulesSchema.parse(shippedRows);

/** All that the office judges by. */
export const shippedLaw = { rules: shippedRules, overlays: stateOverlays } as const;
