/** The words of the custody report: records in plain ones, and all of it as text that stays text. */
import { isoTime } from '../../device/wire/time.ts';
import type { Subject } from '../custody/holds-scope.ts';
import type { FrozenFacts } from './export-facts.ts';
import { bagPaths } from './export-manifest.ts';
import type { Person } from './export-order.ts';
import type { DeviceSignature } from './export-record.ts';
import { withholdings } from './export-tables.ts';
import type { Withholding } from './item-decision.ts';

/** The ledger's words in plain ones; what is not here is told in the ledger's. */
export const happenings: Readonly<Record<string, string>> = {
  'clip-opened': 'began to arrive',
  'clip-dated': 'its time became known',
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
  'demand-received': 'the demand was received',
  'demand-reviewed': 'it was reviewed',
  'demand-approved': 'its answer was approved',
  'demand-decided': 'it was decided',
  'hold-placed': 'what it names was held from deletion',
  'export-leased': 'this export was frozen',
};

/** What an outcome means to whoever does not know the word. */
export function meaningOf({ code: outcome }: FrozenFacts['order']['outcome']): string {
  switch (outcome) {
    case 'FULL':
      return ': all that it names and may compel';
    case 'PARTIAL':
      return ': some of what it names';
    case 'NO_RECORDS':
      return ': there is nothing to give';
    default:
      return '';
  }
}

export const processText = (id: string, statute: readonly string[] | undefined): string => {
  const name = id.replaceAll('-', ' ');
  return statute === undefined || statute.length === 0 ? name : `${name} (${statute.join('; ')})`;
};

/** `reviewer:` and 32 digits, or a part of the service. */
export function actorText(actor: string): string {
  const [role = '', pseudonym] = actor.split(':');
  const name = text(role.replaceAll('-', ' '));
  return pseudonym === undefined ? name : `${name} ${code(pseudonym.slice(0, 8))}`;
}

export const signatureText = (covers: DeviceSignature['covers'] | null): string => {
  switch (covers) {
    case 'opening-and-final':
      return 'yes, beginning to end; the signature verifies';
    case 'opening-and-mark':
      return 'yes, all that is here, part by part; the device never finished it';
    case 'opening':
      return 'its beginning only: the device never finished it';
    case null:
      return 'no signature that the key on record verifies';
  }
};

export const aheadText = (aheadMs: number): string =>
  aheadMs === 0
    ? 'the same'
    : `${(Math.abs(aheadMs) / 1000).toFixed(3)} s ${aheadMs > 0 ? 'ahead' : 'behind'}`;

/** HTML: classes as such, items by count; each is in the list. */
export function withheldText({
  withheld,
  withheldClasses = [],
}: Pick<FrozenFacts['order'], 'withheld' | 'withheldClasses'>): string {
  const counts = new Map<Withholding, number>();
  for (const { released, because } of withheld) {
    if (!released) counts.set(because, (counts.get(because) ?? 0) + 1);
  }
  const told = [
    ...withheldClasses.map(({ class: each, because }) => `all ${each}: ${withholdings[because]}`),
    ...[...counts].map(([because, count]) => `${count}: ${withholdings[because]}`),
  ];
  return told.length === 0
    ? 'nothing of what it reaches and is kept'
    : `${told.map(text).join('<br>')}<br>in full in ${code(bagPaths.withheld)}`;
}

export const issuerText = (issuer: FrozenFacts['order']['demand']['issuer']): string =>
  issuer === null ? 'not stated' : `${issuer.name}, ${issuer.title}, ${issuer.body}`;

export const subjectText = (subject: Subject): string => {
  switch (subject.by) {
    case 'account':
      return `account ${subject.account}`;
    case 'device':
      return `device ${subject.thing}`;
    case 'device-of-account':
      return `device ${subject.thing} of account ${subject.account}`;
  }
};

export const personText = ({ name, title }: Person): string => `${text(name)}, ${text(title)}`;

/** Of labels and HTML. */
export const factTable = (rows: readonly (readonly [label: string, html: string])[]): string =>
  `<table class="facts"><tbody>\n${rows
    .map(([label, html]) => `<tr><th scope="row">${label}</th><td>${html}</td></tr>`)
    .join('\n')}\n</tbody></table>`;

export const time = (at: number | null): string =>
  at === null
    ? 'not stated'
    : isoTime(at as Parameters<typeof isoTime>[0])
        .replace('T', ' ')
        .replace('Z', ' UTC');

export const code = (content: string): string => `<code>${text(content)}</code>`;

/** Whatever people and devices call themselves, it stays text. */
export const text = (content: string): string =>
  content.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
