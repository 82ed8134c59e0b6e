/** Why a demand was refused, questioned or cut down, in the words of the answer to its sender. */

export const reasons = [
  'overbroad',
  'not_particular',
  'wrong_entity',
  'wrong_class_for_process',
  'stale',
  'unsigned',
  'unverified_sender',
  'expired_gag_ignored',
  'out_of_jurisdiction',
  'reverse_search',
  'duplicate',
  'emergency_not_shown',
  'capability_absent',
  // These the checks need beside the list they came with.
  'wrong_issuer',
  'incomplete_document',
  'case_not_open',
  'renewals_used_up',
  'protected_activity',
  'consent_missing',
] as const;
export type Reason = (typeof reasons)[number];
