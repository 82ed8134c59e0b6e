/**
 * The custody report in a bag: what leaves, of whom and when, what happened to it, and how anybody
 * can check that, on pages that a judge can read and print. No scripts, nothing from elsewhere.
 */
import { isoTime } from '../../device/wire/time.ts';
import type { Subject } from '../custody/holds-scope.ts';
import { outcomeText } from './export-certificate.ts';
import type { FrozenFacts } from './export-facts.ts';
import { bagName, bagPaths, clipPaths } from './export-manifest.ts';
import type { Person } from './export-order.ts';
import type { ExportedClip, SignatureCounts } from './export-record.ts';
import { reportStyle } from './export-report-style.ts';

export type ReportedClip = {
  readonly clip: ExportedClip;
  readonly sha256: string;
  readonly signature: 'opening-and-final' | 'opening' | null;
  /** Its entries in the ledger, in order. */
  readonly entries: readonly ReportedEntry[];
};
export type ReportedEntry = {
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly actor: string;
};

/** Up to the list of recordings. */
export function reportOpening(facts: FrozenFacts): string {
  const { order, exportId, leasedAt, counts } = facts;
  const { demand, people } = order;
  const name = bagName(exportId);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Custody report ${text(name)}</title>
<style>${reportStyle}</style>
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
  ['Process', text(demand.process)],
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
  ['Outcome', `<strong>${text(outcomeText(order.outcome))}</strong>`],
  ['Recordings', String(counts.clips)],
  ['Other records', String(counts.records)],
  ['Withheld', withheldText(order.withheld)],
  ['Frozen', time(leasedAt)],
  ['Sealed', `at the time of the time-stamp in <code>${bagPaths.stamp}</code>`],
  ['Requested by', personText(people.requester)],
  ['Reviewed by', personText(people.reviewer)],
  ['Approved by', personText(people.approver)],
  ['Custodian', personText(people.custodian)],
])}
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

export function reportClip({ clip, sha256, signature, entries }: ReportedClip): string {
  const paths = clipPaths(clip.name);
  const file = clip.decryptable ? paths.video : paths.ciphertext;
  const ahead = clip.claimedAt - clip.recordedAt;
  return `<section class="clip">
<h3>${time(clip.recordedAt)} &middot; ${text(clip.thing)} &middot; ${text(clip.trigger)}</h3>
${remarks(clip, signature)}${stillsOf(clip)}
${factTable([
  ['File', `<a href="${file}"><code>${file}</code></a>, ${clip.sizeBytes} bytes`],
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
<table>
<thead><tr><th>Entry</th><th>Time (UTC)</th><th>What happened</th><th>By</th></tr></thead>
<tbody>
${entries.map(entryRow).join('\n')}
</tbody>
</table>
</section>
`;
}

function entryRow({ seq, at, kind, actor }: ReportedEntry): string {
  const what = text(happenings[kind] ?? kind);
  return `<tr><td>${seq}</td><td>${time(at)}</td><td>${what}</td><td>${code(actor)}</td></tr>`;
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
<code>${bagPaths.checkpointNote}</code>. People stand there by pseudonym. Entries of other matters, if
there are any, are no part of this report.</p>
${signaturesText(signatures)}
<p>The declaration of the custodian is <code>${bagPaths.certificate}</code>.</p>
<div class="signatures">${signature(custodian)}${signature(approver)}</div>
</body>
</html>
`;
}

function signaturesText({ whole, begun, unsigned }: SignatureCounts): string {
  if (whole + begun + unsigned === 0) return '';
  const rest = begun + unsigned;
  return `<p>Of the recordings ${whole} are signed by their doorbell from beginning to end, ${begun} in their beginning only,
${unsigned} not. ${rest === 0 ? '' : 'Where the signature does not reach the end, the provider’s own record of what it received stands alone.'}</p>`;
}

/** The ledger's words in plain ones; what is not here is told in the ledger's. */
const happenings: Readonly<Record<string, string>> = {
  'clip-opened': 'began to arrive',
  'clip-stored': 'stored whole, its signature checked',
  'clip-salvaged': 'stored as far as it had come',
  'clip-completed': 'completed by the device',
  'clip-rejected': 'an ending that did not fit was refused',
  'clip-conflict': 'other bytes for a stored part were refused',
  'clip-late': 'arrived after its time',
  'clip-evicted': 'given up by the device',
  'clip-viewed': 'viewed',
  'clip-deleted': 'deleted by its owner',
  'chain-gap': 'a gap in what the device sent was noted',
  'clip-exported': 'copied for this export',
};

function remarks(clip: ExportedClip, covers: ReportedClip['signature']): string {
  const marks = [
    clip.edge ? 'Part of it lies outside the range of the demand; it is whole.' : null,
    clip.decryptable ? null : 'End-to-end encrypted: only a key of its owner opens it.',
    clip.truncated
      ? `Cut short by the device${clip.reason === null ? '' : `: ${clip.reason}`}.`
      : null,
    covers === 'opening'
      ? 'The device signed its beginning and never came to the end: that the rest is as recorded rests on the provider’s record of what it received.'
      : null,
    covers === null ? 'No signature of the device vouches for it.' : null,
  ];
  return marks
    .flatMap((mark) => (mark === null ? [] : [`<p class="mark">${text(mark)}</p>\n`]))
    .join('');
}

function stillsOf(clip: ExportedClip): string {
  if (!clip.decryptable || clip.stills.length === 0) return '';
  const figures = clip.stills.map(({ still, receivedAt }) => {
    const path = clipPaths(clip.name).still(still);
    const picture = `<img src="${path}" alt="Still of this recording" loading="lazy">`;
    const caption = `<figcaption>${code(path)}<br>received ${time(receivedAt)}</figcaption>`;
    return `<figure>${picture}${caption}</figure>`;
  });
  return `<div class="stills">${figures.join('')}</div>`;
}

const signatureText = (covers: ReportedClip['signature']): string => {
  switch (covers) {
    case 'opening-and-final':
      return 'yes, beginning to end; the signature verifies';
    case 'opening':
      return 'its beginning only: the device never finished it';
    case null:
      return 'no signature that the key on record verifies';
  }
};

const aheadText = (aheadMs: number): string =>
  aheadMs === 0
    ? 'the same'
    : `${(Math.abs(aheadMs) / 1000).toFixed(3)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;

function withheldText(withheld: FrozenFacts['order']['withheld']): string {
  const counts = new Map<string, number>();
  for (const { because } of withheld) counts.set(because, (counts.get(because) ?? 0) + 1);
  if (counts.size === 0) return 'nothing within its scope';
  return [...counts].map(([because, count]) => `${count} (${text(because)})`).join(', ');
}

const issuerText = (issuer: FrozenFacts['order']['demand']['issuer']): string =>
  issuer === null ? 'not stated' : `${issuer.name}, ${issuer.title}, ${issuer.body}`;

const subjectText = (subject: Subject): string => {
  switch (subject.by) {
    case 'account':
      return `account ${subject.account}`;
    case 'device':
      return `device ${subject.thing}`;
    case 'device-of-account':
      return `device ${subject.thing} of account ${subject.account}`;
  }
};

const personText = ({ name, title }: Person): string => `${text(name)}, ${text(title)}`;

/** Of labels and HTML. */
const factTable = (rows: readonly (readonly [label: string, html: string])[]): string =>
  `<table class="facts"><tbody>\n${rows
    .map(([label, html]) => `<tr><th scope="row">${label}</th><td>${html}</td></tr>`)
    .join('\n')}\n</tbody></table>`;

const time = (at: number | null): string =>
  at === null
    ? 'not stated'
    : isoTime(at as Parameters<typeof isoTime>[0])
        .replace('T', ' ')
        .replace('Z', ' UTC');

const code = (content: string): string => `<code>${text(content)}</code>`;

/** Whatever people and devices call themselves, it stays text. */
const text = (content: string): string =>
  content.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
