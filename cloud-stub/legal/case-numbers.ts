/**
 * How an agency writes its case numbers: a regular expression of an operator's, held to a form whose every trial is
 * short. Matching goes back at most once for each choice in each place of the text, and both are few.
 */

/** A case number is at most so long. */
export const caseNumberCharsMax = 64;
/** Of one pattern: alternatives, and repeats whose number is open. */
const choicesMax = 4;

export type CaseNumbersReading =
  | { readonly ok: true; readonly pattern: RegExp }
  | { readonly ok: false; readonly because: string };

export function readCaseNumbers(text: string): CaseNumbersReading {
  const because = faultOf(text);
  if (because !== null) return { ok: false, because };
  try {
    // By itself first: what closes a bracket that it did not open would be whole within these.
    return { ok: true, pattern: new RegExp(`^(?:${new RegExp(text, 'u').source})$`, 'u') };
  } catch {
    return { ok: false, because: 'it is no regular expression' };
  }
}

const atom = /^(?:\\[dDwWsS]|\\[^a-zA-Z0-9]|\[(?:\\.|[^\]\\])+\]|[^\\()[\]{}*+?|])/u;
const repeat = /^(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})/;
const bracket = /^(?:\((?:\?:)?|\)|\|)/;

/** Neither repeated groups, whose trials multiply, nor anything that looks around or back. */
function faultOf(text: string): string | null {
  let rest = text;
  let choices = 0;
  while (rest !== '') {
    const piece = (atom.exec(rest) ?? bracket.exec(rest))?.[0];
    if (piece === undefined) return `'${rest}' is none of characters, classes, groups and '|'`;
    rest = rest.slice(piece.length);
    if (piece === '|') choices++;
    const times = repeat.exec(rest)?.[0];
    if (times === undefined) continue;
    if (bracket.test(piece)) return `'${times}' repeats no single character: write it out`;
    if (isOpen(times)) choices++;
    rest = rest.slice(times.length);
  }
  return choices <= choicesMax
    ? null
    : `it has ${choices} alternatives and open repeats, and ${choicesMax} are the most`;
}

function isOpen(times: string): boolean {
  const [, least, most] = /^\{(\d+)(?:,(\d*))?\}$/.exec(times) ?? [];
  return least === undefined || (most !== undefined && most !== least);
}
