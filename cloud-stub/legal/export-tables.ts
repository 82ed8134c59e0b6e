/** The tables of a bag: records as lines of JSON, exact, and as CSV, to read; and what was withheld, as CSV. */
import { canonicalJson } from '../../device/wire/codec.ts';
import { isoTime } from '../../device/wire/time.ts';
import type { ExportOrder, ReleasedRecord, WithheldClass } from './export-order.ts';
import type { Withholding } from './item-decision.ts';

export const subscriberHeader = csvLine(['account', 'field', 'value']);
export const eventHeader = csvLine(['at', 'device', 'account', 'kind', 'facts']);

export const recordJson = (record: ReleasedRecord): string =>
  `${canonicalJson(
    record.class === 'subscriber' ? record : { ...record, at: isoTime(record.at) },
  )}\n`;

export const recordCsv = (record: ReleasedRecord): string =>
  record.class === 'subscriber'
    ? csvLine([record.account, record.field, record.value])
    : csvLine([
        isoTime(record.at),
        record.thing ?? '',
        record.account ?? '',
        record.kind,
        canonicalJson(record.facts),
      ]);

/**
 * What the sender was refused and why, an item a line; of a class that was refused as a whole the
 * class alone, since its items would tell what there is. What was destroyed before is not withheld,
 * and stands in no line. [LEG-4]
 */
export const withheldCsv = ({
  withheld,
  withheldClasses = [],
}: Pick<ExportOrder, 'withheld' | 'withheldClasses'>): string =>
  [
    csvLine(['item', 'class', 'reason', 'meaning']),
    ...withheldClasses.map(({ class: each, because }) => withheldLine('', each, because)),
    ...withheld.flatMap((item) =>
      item.released ? [] : [withheldLine(item.key, item.class, item.because)],
    ),
  ].join('');

const withheldLine = (item: string, of: WithheldClass['class'], because: Withholding): string =>
  csvLine([item, of, because, withholdings[because]]);

/** In plain words, as the end of a sentence. */
export const withholdings: Readonly<Record<Withholding, string>> = {
  'not-asked': 'the demand does not ask for it',
  statute: 'the law does not let this process reach it',
  policy: 'the provider does not give it on this process',
  issuer: 'who issued the process cannot compel it',
  'not-named': 'of no device or account that the demand names',
  'no-owner': 'of no owner that the demand names',
  'outside-time': 'not of the time that the demand names',
  'several-owners':
    'its device had several owners within that time, and the demand does not say which',
  'time-uncertain': 'whether it is of the time that the demand names cannot be told',
  field: 'beyond the subscriber information that this process reaches',
  consent: 'its owner did not name it',
  narrowed: 'cut out in review as more than the process supports',
  purged: 'no longer kept',
  late: 'never kept',
  'not-stored-yet': 'was still arriving',
  preserved: 'kept, not disclosed',
  'nothing-is-released': 'the demand was answered without records',
};

/** RFC 4180. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * A cell that a spreadsheet would compute gets a `'` in front: names are whatever people chose. The
 * exact value stands in the lines of JSON.
 */
function cell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
