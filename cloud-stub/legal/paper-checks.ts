/** Intake checks of the paper itself: who sent it, to whom, signed by whom, when, and whole. */
import { days, isoTime, later } from '../../device/wire/time.ts';
import { paperReceivedAt } from './demand.ts';
import { type Finding, failed, passed } from './findings.ts';
import type { IntakeCase } from './intake-case.ts';

/** V01. Fraud comes through stolen mailboxes: what a sender says of itself counts for nothing. */
export function channel({ demand: { sender } }: IntakeCase): Finding {
  if (!sender.agencyVerified) {
    return failed('reject', 'unverified_sender', `${sender.agency} was not verified out of band`);
  }
  return sender.secondFactor
    ? passed
    : failed('reject', 'unverified_sender', 'the account signed in without a second factor');
}

/** V02 */
export const servedEntity = ({ demand, records }: IntakeCase): Finding =>
  demand.servedOn === records.entity
    ? passed
    : failed('reject', 'wrong_entity', `it names '${demand.servedOn}', not '${records.entity}'`);

/** V03. Whether that issuer may have every class asked for is V11's question. */
export function issuer({ demand, rule }: IntakeCase): Finding {
  const named = demand.issuer;
  if (named === null) return failed('reject', 'wrong_issuer', 'no issuer is named');
  const blank = (['name', 'title', 'body'] as const).find((part) => named[part].trim() === '');
  if (blank !== undefined)
    return failed('reject', 'wrong_issuer', `the issuer's ${blank} is missing`);
  const { subscriber, beyond } = rule.issuers;
  return subscriber.includes(named.kind) || beyond.includes(named.kind)
    ? passed
    : failed('reject', 'wrong_issuer', `${named.kind} cannot issue ${rule.process}`);
}

/** V04 */
export function signature({ demand }: IntakeCase): Finding {
  const { signedAt } = demand;
  if (signedAt === null) return failed('reject', 'unsigned', 'signature or date is missing');
  return signedAt <= paperReceivedAt(demand)
    ? passed
    : failed('reject', 'unsigned', `it is dated ${isoTime(signedAt)}, after it was received`);
}

/** V05. Whole days from the signature; the last is good to its last millisecond. */
export function staleness({ demand, rule }: IntakeCase): Finding {
  const { signedAt } = demand;
  if (rule.validDays === null || signedAt === null) return passed;
  const endsAt = later(signedAt, days(rule.validDays));
  return paperReceivedAt(demand) < endsAt
    ? passed
    : failed('reject', 'stale', `it was good until ${isoTime(endsAt)}`);
}

/** V06 */
export function jurisdiction({ demand, records }: IntakeCase): Finding {
  const place = demand.issuer?.jurisdiction ?? '';
  return records.jurisdictions.includes(place)
    ? passed
    : failed('review', 'out_of_jurisdiction', `whether '${place}' reaches the provider`);
}

/** V12 */
export function completeness({ demand: { document } }: IntakeCase): Finding {
  const { sha256, pages, pagesDeclared, attachmentsMissing } = document;
  const ask = (because: string) => failed('clarify', 'incomplete_document', because);
  if (sha256 === null || !/^[0-9a-f]{64}$/.test(sha256)) return ask('no hash of it is recorded');
  if (pages !== pagesDeclared) return ask(`${pages} of ${pagesDeclared} pages`);
  const [missing] = attachmentsMissing;
  return missing === undefined ? passed : ask(`the attachment '${missing}' is missing`);
}

/** V14. Not an answer twice: the second is tied to the first. */
export function duplicate({ demand, records }: IntakeCase): Finding {
  const { sha256 } = demand.document;
  const before = sha256 === null ? undefined : records.documents.get(sha256);
  return before === undefined || before === demand.demand
    ? passed
    : failed('link', 'duplicate', `the same document came with demand ${before}`);
}

/** V15. The domain itself, not one that contains or ends like it. */
export function returnAddress({ demand, records }: IntakeCase): Finding {
  const domain = demand.returnAddress.split('@').at(-1)?.toLowerCase() ?? '';
  return demand.returnAddress.split('@').length === 2 && records.agencyDomains.includes(domain)
    ? passed
    : failed('reject', 'unverified_sender', `'${domain}' is not the agency's`);
}

/** V17 */
export function caseNumber({ demand: { caseNumber: number }, records }: IntakeCase): Finding {
  const { caseNumberPattern: pattern } = records;
  // The sender cannot mend what the operator wrote: a person looks.
  if (pattern === null)
    return failed('review', 'case_not_open', "the agency's form of them is unknown");
  if (number === null || !pattern.test(number)) {
    return failed('clarify', 'case_not_open', 'the case number is missing or malformed');
  }
  return records.casesClosed.has(number)
    ? failed('clarify', 'case_not_open', `case ${number} was closed`)
    : passed;
}
