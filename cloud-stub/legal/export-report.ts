import { outcomeText } from './export-certificate.ts';
import type { FrozenFacts } from './export-facts.ts';
import { bagName, bagPaths, clipPaths } from './export-manifest.ts';
import type { Person } from './export-order.ts';
import type { DeviceSignature, ExportedClip, SignatureCounts } from './export-record.ts';
import { pageStyle, reportStyle } from './export-report-style.ts';
import {
  actorText,
  aheadText,
  code,
  factTable,
  happenings,
  issuerText,
  meaningOf,
  personText,
  processText,
  signatureText,
  subjectText,
  text,
  time,
  withheldText,
} from './export-report-words.ts';

export type ReportedClip = {
  readonly clip: ExportedClip;
  readonly sha256: string;
  readonly signature: DeviceSignature['covers'] | null;
  /** Of so many that a browser had better fetch pictures as they are scrolled to; others print at once. */
  readonly isOneOfMany: boolean;
  /** Its entries in the ledger, in order. */
  readonly entries: readonly ReportedEntry[];
};
/** An entry of the matter: about all of it, or about one clip that leaves. */
export type MatterEntry = ReportedEntry & {
  readonly clip: string | null;
  readonly outcome: string | null;
  readonly reasons: readonly string[];
  /** What kind of hold was placed. */
  readonly hold: string | null;
};
export type ReportedEntry = {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
};

/** Up to the list of recordings. */
export function reportOpening(facts: FrozenFacts, matter: readonly MatterEntry[]): string {
  const { order, exportId, leasedAt, counts } = facts;
  const { demand, people } = order;
  const name = bagName(exportId);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Custody report ${text(name)}</title>
<style>${reportStyle}${pageStyle(name)}</style>
</head>
<body>
<header>
<h1>Custody report</h1>
<p class="lead">${text(name)} &middot; ${text(order.provider)}</p>
${volumeText(order.volume)}
</header>
<h2>The demand</h2>
${factTable([
  ['Demand', code(demand.demand)],
  ['Process', text(processText(demand.process, order.statute))],
  ['From', text(demand.sender.agency)],
  ['Case', text(demand.caseNumber ?? 'none stated')],
  ['Issued by', text(issuerText(demand.issuer))],
  ['Signed', time(demand.signedAt)],
  ['Received', time(demand.receivedAt)],
  ['Names', demand.scope.subjects.map(subjectText).map(text).join('<br>')],
  ['From (inclusive)', time(demand.scope.from)],
  ['To (exclusive)', time(demand.scope.to)],
  ['Document, SHA-256', code(demand.document.sha256 ?? 'not recorded')],
])}
<h2>The answer</h2>
${factTable([
  ['Outcome', `<strong>${text(outcomeText(order.outcome))}</strong>${meaningOf(order.outcome)}`],
  ['Recordings', String(counts.clips)],
  ['Other records', String(counts.records)],
  ['Withheld', withheldText(order)],
  ['Frozen', time(leasedAt)],
  ['Software', text(facts.software ?? 'a version that is not on record')],
  ['Sealed', `at the time of the time-stamp in <code>${bagPaths.stamp}</code>`],
  ['Requested by', personText(people.requester)],
  ['Reviewed by', personText(people.reviewer)],
  ['Approved by', personText(people.approver)],
  ['Custodian', personText(people.custodian)],
])}
<h2>What was done about it</h2>
${entryTable(matter.filter(({ clip }) => clip === null))}
<p class="note">This folder is sealed as a whole. <code>${bagPaths.readme}</code> has the commands with
which anybody can check it, without software of ${text(order.provider)}. All times are UTC.</p>
${counts.records === 0 ? '' : recordsText}
<h2>Recordings</h2>
${counts.clips === 0 ? '<p>None.</p>' : ''}`;
}

const volumeText = (volume: FrozenFacts['order']['volume']): string =>
  volume === undefined
    ? ''
    : `<p class="note">Volume ${volume.number} of ${volume.exports.length}: the answer comes in several folders,
${volume.exports.map((each) => code(bagName(each))).join(', ')}. Each is sealed by itself.</p>`;

const recordsText = `<h2>Other records</h2>
<p>In <code>data/records/</code>: as tables to read (<code>.csv</code>) and exactly
(<code>.jsonl</code>).</p>`;

export function reportClip(reported: ReportedClip): string {
  const { clip, sha256, signature, entries, isOneOfMany } = reported;
  const paths = clipPaths(clip.name);
  const file = clip.decryptable ? paths.video : paths.ciphertext;
  const ahead = clip.claimedAt - clip.recordedAt;
  return `<section class="clip">
<h3>${time(clip.recordedAt)} &middot; ${text(clip.thing)} &middot; ${text(clip.trigger)}</h3>
${remarks(clip, signature)}${stillsOf(clip, isOneOfMany)}
${factTable([
  [
    'File',
    `<a href="${file}"><code>${file}</code></a>, ${clip.sizeBytes.toLocaleString('en-US')} bytes`,
  ],
  ['SHA-256', code(sha256)],
  ['Root, when it came in and when it was copied', code(clip.root)],
  ['Length', clip.durationMs === null ? 'unknown' : `${(clip.durationMs / 1000).toFixed(1)} s`],
  ['Recorded', time(clip.recordedAt)],
  ['By the device’s own clock', `${time(clip.claimedAt)} (${aheadText(ahead)})`],
  ['Received', time(clip.firstReceivedAt)],
  ['Stored', time(clip.storedAt)],
  ['Signed by the device', signatureText(signature)],
])}
<h3 style="margin-top:1rem">Chain of custody</h3>
${entryTable(entries)}
</section>
`;
}

const entryTable = (entries: readonly (ReportedEntry | MatterEntry)[]): string => `<table>
<thead><tr><th>Entry</th><th>Time (UTC)</th><th>What happened</th><th>By</th></tr></thead>
<tbody>
${entries.map(entryRow).join('\n')}
</tbody>
</table>`;

function entryRow(entry: ReportedEntry | MatterEntry): string {
  const { seq, at, kind, actor } = entry;
  const more = 'outcome' in entry ? moreOf(entry) : '';
  const what = text((happenings[kind] ?? kind) + more);
  return `<tr><td>${seq}</td><td>${time(at)}</td><td>${what}</td><td>${actorText(actor)}</td></tr>`;
}

function moreOf({ outcome, reasons, hold }: MatterEntry): string {
  if (hold !== null) return ` (${hold.replaceAll('-', ' ')})`;
  if (outcome === null) return '';
  const why = reasons.length === 0 ? '' : ` (${reasons.join(', ').replaceAll('_', ' ')})`;
  return `: ${outcome}${why}`;
}

/** After the recordings. */
export function reportClosing(facts: FrozenFacts, signatures: SignatureCounts): string {
  const { approver, custodian } = facts.order.people;
  const signature = ({ name, title }: Person): string =>
    `<p>${text(name)}<br><span class="lead">${text(title)}</span></p>`;
  return `<h2>What stands behind it</h2>
<p>Each line under “chain of custody” is an entry of the provider’s ledger, in full in
<code>${bagPaths.chain}</code>. <code>${bagPaths.proofs}</code> shows for each that it is in the ledger
whose state <code>${bagPaths.checkpoint}</code> tells (RFC 6962), signed in
<code>${bagPaths.checkpointNote}</code>. People stand there by pseudonym; its first eight digits are shown.
A <em>root</em> is one number computed from all parts of a recording, in order: it changes with any of
them. Entries of other matters, if there are any, are no part of this report.</p>
${signaturesText(signatures)}
<p>The declaration of the custodian is <code>${bagPaths.certificate}</code>.</p>
<div class="signatures">${signature(custodian)}${signature(approver)}</div>
</body>
</html>
`;
}

function signaturesText({ whole, marked, begun, unsigned }: SignatureCounts): string {
  if (whole + marked + begun + unsigned === 0) return '';
  const rest = begun + unsigned;
  const alone =
    'Where no signature reaches what is here, the provider’s own record of what it received stands alone.';
  return `<p>Recordings signed by their doorbell: ${whole} from beginning to end, ${marked} as far as they go,
${begun} in their beginning only; not signed: ${unsigned}. ${rest === 0 ? '' : alone}</p>`;
}

function remarks(clip: ExportedClip, covers: ReportedClip['signature']): string {
  const marks = [
    clip.edge ? 'Part of it lies outside the range of the demand; it is whole.' : null,
    clip.decryptable ? null : 'End-to-end encrypted: only a key of its owner opens it.',
    clip.truncated
      ? `Cut short by the device${clip.reason === null ? '' : `: ${clip.reason}`}.`
      : null,
    covers === 'opening-and-mark'
      ? 'The device never came to its end; all that is here it signed while it recorded.'
      : null,
    covers === 'opening'
      ? 'The device signed its beginning and never came to the end: ' +
        'that the rest is as recorded rests on the provider’s record of what it received.'
      : null,
    covers === null ? 'No signature of the device vouches for it.' : null,
  ];
  return marks
    .flatMap((mark) => (mark === null ? [] : [`<p class="mark">${text(mark)}</p>\n`]))
    .join('');
}

function stillsOf(clip: ExportedClip, isOneOfMany: boolean): string {
  const loading = isOneOfMany ? ' loading="lazy"' : '';
  if (!clip.decryptable || clip.stills.length === 0) return '';
  const figures = clip.stills.map(({ still, receivedAt }) => {
    const path = clipPaths(clip.name).still(still);
    const picture = `<img src="${path}" alt="Still of this recording"${loading}>`;
    const caption = `<figcaption>${code(path)}<br>received ${time(receivedAt)}</figcaption>`;
    return `<figure>${picture}${caption}</figure>`;
  });
  return `<div class="stills">${figures.join('')}</div>`;
}
