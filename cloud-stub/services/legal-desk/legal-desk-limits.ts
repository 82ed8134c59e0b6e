/** Every limit of the legal desk, in one place. */
import { days, hours } from '../../../device/wire/time.ts';

export const deskLimits = {
  documentBytesMax: 8 * 1024 * 1024,
  documentNameCharsMax: 200,
  pagesMax: 10_000,
  textCharsMax: 4000,
  subjectsMax: 1000,
  polygonPointsMax: 1000,
  filtersMax: 50,
  /** Of one review: items cut out or confirmed. */
  reviewKeysMax: 10_000,
  /** Of one agency, not decided yet: papers are kept whole. */
  openDemandsMax: 500,
  /** Of one demand: a sender that never answers in full would hold footage for ever. */
  questionsMax: 3,
  /** A hold that nobody else approves for so long is asked for anew. */
  proposalMs: days(14),
  pageItemsMax: 200,
  /** Records looked at, and items written, at once: a scope may hold a million. */
  recordsPerPage: 500,
  /** What contradicts a form, told at once. */
  faultsToldMax: 20,
  agencyDomainsMax: 50,
  caseNumberPatternCharsMax: 200,
  refusalsRememberedMax: 10_000,
  /** Tokens of named principals last this long unless told otherwise. */
  tokenMs: days(30),
  /** The desk looks at what is due at least this often, whatever its timers say. */
  lookMsMax: hours(6),
} as const;
