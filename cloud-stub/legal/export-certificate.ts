/**
 * The declaration that goes with a bag: authenticity of records made by a process and of copies
 * identified by their hash, after Federal Rules of Evidence 902(11), (13) and (14) and
 * 28 USC 1746. A template: whoever signs one has it looked over by a lawyer first.
 */
import { isoTime } from '../../device/wire/time.ts';
import type { Outcome } from './decision.ts';
import type { FrozenFacts } from './export-facts.ts';
import type { DeviceSignature } from './export-record.ts';

const isEmptyOf = ({ counts }: FrozenFacts): boolean => counts.clips + counts.records === 0;

/** Up to the list of recordings, if there are any. */
export function certificateOpening(facts: FrozenFacts): string {
  const { order, exportId, counts } = facts;
  const { custodian } = order.people;
  const isEmpty = isEmptyOf(facts);
  const heading = `SAMPLE, NOT SIGNED BY HAND

${isEmpty ? 'CERTIFICATE OF NO RECORDS' : 'CERTIFICATE OF AUTHENTICITY'}
${isEmpty ? '(28 USC 1746)' : '(Federal Rules of Evidence 902(11), 902(13), 902(14); 28 USC 1746)'}

Export:        ${exportId}
In answer to:  demand ${order.demand.demand}, ${order.demand.process}
               received ${isoTime(order.demand.receivedAt)} from ${order.demand.sender.agency}
Case:          ${order.demand.caseNumber ?? 'none stated'}
Outcome:       ${outcomeText(order.outcome)}

I, ${custodian.name}, declare:

1. I am ${custodian.title} of ${order.provider}. I know how its records are made and kept from
   my work with the system that makes and keeps them, and I am authorised to make this declaration.

`;
  if (isEmpty) return heading + noRecordsText(facts);
  return heading + processText(facts) + (counts.clips > 0 ? copiesText : '');
}

/** After the list of recordings. */
export function certificateClosing(facts: FrozenFacts): string {
  const { order, counts } = facts;
  const { custodian } = order.people;
  const isEmpty = isEmptyOf(facts);
  return `${isEmpty ? '3' : counts.clips > 0 ? '6' : '5'}. I say nothing of what any picture or recording shows.

I declare under penalty of perjury under the laws of the United States of America that the foregoing
is true and correct.

Executed on the date of the time-stamp in sig/, by electronic signature: the seal in sig/ whose
certificate names ${custodian.name}.

${custodian.name}
${custodian.title}
${order.provider}
`;
}

const processText = ({ leasedAt, software }: FrozenFacts): string =>
  `2. The records were made at or near the time of what they record, by a process that runs by itself
   in the regular course of business: a doorbell camera records, signs what it recorded with a key of
   its own and sends it in parts; the service hashes each part (SHA-256), checks the signature over
   these hashes, encrypts and stores the parts, and writes an entry in a ledger whose entries are
   chained by their hashes and stand in a Merkle tree (RFC 6962). No function of it edits footage.

3. The process gives an accurate result. A recording whose signature does not go with its parts is
   refused; one that its doorbell could not finish is marked so. The ledger is recomputed whole by a
   check that anyone with its files can run. The records in this folder were frozen on
   ${isoTime(leasedAt)}; each file was hashed anew from storage when it was sealed.
   Copied, hashed and sealed by: ${software ?? notRecorded}.

4. Times. The time of a recording is worked out from the doorbell's running time and the moment its
   message came in, by the service's clock; what the doorbell's own clock said stands beside it, with
   the difference, in data/records/clips/.

`;

const copiesText = `5. The copies are identical with the originals. For each recording the SHA-256 root that was
   computed when it came in equals the one computed when it was copied:

`;

const notRecorded = 'a version that is not on record';

const noRecordsText = ({ order, software }: FrozenFacts): string =>
  `2. I caused the records of the service to be searched for what the demand names, within the time that
   it names, by: ${software ?? notRecorded}.
   There is nothing to produce: ${absenceOf(order.outcome)}

`;

function absenceOf(outcome: Outcome): string {
  if (outcome.code !== 'NO_RECORDS') return 'nothing was released.';
  switch (outcome.detail) {
    case 'purged':
      // Not when: what an owner deleted ended its time of retention. [DEL-4]
      return 'what there was had been destroyed under the rules of retention of the service.';
    case 'late':
      return 'what there was arrived after its time of retention had ended, and was not kept.';
    case 'never_had':
      return 'no such record was ever kept.';
    case 'e2ee_only':
      return 'what there is can be opened with a key of its owner only.';
  }
}

export function outcomeText(outcome: Outcome): string {
  switch (outcome.code) {
    case 'PARTIAL':
      return `PARTIAL (${outcome.reasons.join(', ')})`;
    case 'NO_RECORDS':
      return `NO_RECORDS (${outcome.detail})`;
    case 'REJECTED':
    case 'CLARIFY':
      return `${outcome.code} (${outcome.reason})`;
    case 'FULL':
    case 'WITHDRAWN':
    case 'QUASHED':
    case 'CHALLENGED':
    case 'SUPERSEDED':
      return outcome.code;
  }
}

function signedText(signature: DeviceSignature['covers'] | null): string {
  switch (signature) {
    case 'opening-and-final':
      return 'from beginning to end';
    case 'opening-and-mark':
      return 'all that is here, part by part; it came to no end';
    case 'opening':
      return 'its beginning only; for the rest, section 2 stands alone';
    case null:
      return 'no; section 2 stands alone';
  }
}

/** One recording in the list of section 5; copying one whose roots differ is refused. */
export const certificateItem = (item: {
  readonly file: string;
  readonly sha256: string;
  readonly root: string;
  readonly signature: DeviceSignature['covers'] | null;
  /** How far the doorbell's own clock was ahead of the service's. */
  readonly clockAheadMs: number;
}): string => `   ${item.file}
     SHA-256                         ${item.sha256}
     root, at ingest and at export   ${item.root}
     signed by its doorbell          ${signedText(item.signature)}
     its doorbell's own clock        ${(item.clockAheadMs / 1000).toFixed(3)} s ahead of the service's

`;
