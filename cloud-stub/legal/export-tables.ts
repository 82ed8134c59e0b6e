/** Subscriber information and other records in a bag: as lines of JSON, exact, and as CSV, to read. */
import { canonicalJson } from '../../device/wire/codec.ts';
import { isoTime } from '../../device/wire/time.ts';
import type { ReleasedRecord } from './export-order.ts';

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
