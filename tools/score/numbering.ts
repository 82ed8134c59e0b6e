/** Numbers in the names of images, and what is missing between them. */

/** `7`, `9-12`: what lies between the first and the last number and is not there; null when nothing is. */
export function gapsIn(numbers: readonly number[]): string | null {
  const sorted = [...numbers].sort((a, b) => a - b);
  const gaps: string[] = [];
  let missing = 0;
  for (const [i, number] of sorted.entries()) {
    const before = sorted[i - 1];
    if (before === undefined || number - before <= 1) continue;
    missing += number - before - 1;
    const [from, to] = [before + 1, number - 1];
    if (gaps.length < gapsShownMax) gaps.push(from === to ? `${from}` : `${from}-${to}`);
    else if (gaps.length === gapsShownMax) gaps.push('...');
  }
  if (missing === 0) return null;
  return `${missing} ${missing === 1 ? 'number is' : 'numbers are'} missing: ${gaps.join(', ')}`;
}

const gapsShownMax = 4;

/** The last number in a name, before its extension; null when it has none. */
export function numberIn(name: string): number | null {
  const digits = /(\d+)\D*\.\w+$/.exec(name)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** As people count: `a2` before `a10`. */
export const byNumber = new Intl.Collator('en', { numeric: true }).compare;
