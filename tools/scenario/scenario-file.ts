/** Reads a scenario from YAML; every fault is named with its line, what stands there and what may stand there. */
import { isMap, isNode, isScalar, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml';
import { z } from 'zod';
import { headSchema, stepsByName } from './scenario-schema.ts';
import type { Step } from './step.ts';

export type Place = { readonly line: number; readonly column: number };
export type Path = readonly (string | number)[];

export type ScenarioFile = z.output<typeof headSchema> & {
  readonly file: string;
  readonly steps: readonly PlannedStep[];
};
export type PlannedStep = {
  readonly step: Step;
  readonly body: unknown;
  readonly place: Place;
  /** Where something inside the step stands. */
  placeOf(path: Path): Place;
};

export type FileProblem = Place & { readonly found: string; readonly allowed: string };

/** The file is no scenario; the message lists every problem, a line each. */
export class ScenarioFileError extends Error {
  override readonly name = 'ScenarioFileError';
  readonly file: string;
  readonly problems: readonly FileProblem[];
  constructor(file: string, problems: readonly FileProblem[]) {
    const lines = problems.map(
      ({ line, column, found, allowed }) => `${file}:${line}:${column}: found ${found}: ${allowed}`,
    );
    super(lines.join('\n'));
    this.file = file;
    this.problems = problems;
  }
}

/** A file larger than this was not written by hand. */
const charactersMax = 200_000;
const problemsMax = 50;

/** Throws ScenarioFileError. */
export function readScenario(file: string, text: string): ScenarioFile {
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  if (text.length > charactersMax) {
    const found = `${text.length} characters`;
    throw new ScenarioFileError(file, [
      { line: 1, column: 1, found, allowed: `expected at most ${charactersMax}` },
    ]);
  }
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    ...place(pos[0]),
    found: 'what is not YAML',
    allowed: message,
  }));
  visit(document, {
    Alias(_, { range, source }) {
      const allowed = 'expected it written out: aliases can multiply without end';
      faults.push({ ...place(range?.[0] ?? 0), found: `*${source}`, allowed });
    },
  });
  if (faults.length > 0) throw new ScenarioFileError(file, faults.slice(0, problemsMax));

  const content: unknown = document.toJS();
  const root = document.contents;
  const placeOf = (path: Path): Place => place(offsetOf(root, path));
  const problems: FileProblem[] = [];
  const complain = (error: z.ZodError, base: Path): void => {
    for (const problem of problemsOf(error, base, content)) {
      problems.push({ ...placeOf(problem.path), ...problem });
    }
  };

  const head = headSchema.safeParse(withoutSteps(content));
  if (!head.success) complain(head.error, []);
  const steps = plannedSteps(content, placeOf, problems, complain);
  if (!head.success || problems.length > 0) {
    const found = problems
      .slice(0, problemsMax)
      .map(({ line, column, found: what, allowed }) => ({ line, column, found: what, allowed }));
    throw new ScenarioFileError(file, found);
  }
  return { ...head.data, file, steps };
}

function plannedSteps(
  content: unknown,
  placeOf: (path: Path) => Place,
  problems: FileProblem[],
  complain: (error: z.ZodError, base: Path) => void,
): PlannedStep[] {
  if (!isRecord(content)) return [];
  const { steps } = content;
  if (!Array.isArray(steps) || steps.length === 0) {
    const allowed = 'expected a list of at least one step';
    problems.push({ ...placeOf(['steps']), found: shown(steps), allowed });
    return [];
  }
  return steps.flatMap((written: unknown, index): PlannedStep[] => {
    const path: Path = ['steps', index];
    const names = isRecord(written) ? Object.keys(written) : [];
    const [name] = names;
    const step = name === undefined ? undefined : stepsByName.get(name);
    if (!isRecord(written) || name === undefined || names.length > 1 || step === undefined) {
      const found = names.length === 0 ? shown(written) : `the step ${names.join(', ')}`;
      const known = [...stepsByName.keys()].join(', ');
      const near = name === undefined ? '' : nearest(name, [...stepsByName.keys()]);
      const allowed = `expected one step of ${known}${near}`;
      const at = names.length > 1 ? [...path, names[1] ?? ''] : path;
      problems.push({ ...placeOf(at), found, allowed });
      return [];
    }
    const parsed = step.body.safeParse(written[name]);
    if (!parsed.success) {
      complain(parsed.error, [...path, name]);
      return [];
    }
    return [
      {
        step,
        body: parsed.data,
        place: placeOf([...path, name]),
        placeOf: (inner) => placeOf([...path, name, ...inner]),
      },
    ];
  });
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withoutSteps(content: unknown): unknown {
  if (!isRecord(content)) return content;
  const { steps: _, ...head } = content;
  return head;
}

/** The offset of what stands at `path`, or of the nearest thing around it. A member's key, not its value. */
function offsetOf(root: ParsedNode | null, path: Path): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === part);
      if (pair === undefined) break;
      if (isScalar(pair.key) && pair.key.range) offset = pair.key.range[0];
      node = pair.value;
    } else if (isNode(node) && 'items' in node && Array.isArray(node.items)) {
      node = node.items[Number(part)];
      if (!isNode(node) || !node.range) break;
      offset = node.range[0];
    } else break;
  }
  return offset;
}

type Fault = { readonly path: Path; readonly found: string; readonly allowed: string };

function problemsOf(error: z.ZodError, base: Path, content: unknown): Fault[] {
  return error.issues.flatMap((issue): Fault[] => {
    const path = [...base, ...issue.path.map((part) => (typeof part === 'symbol' ? '' : part))];
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        found: `'${key}'`,
        allowed: 'there is no such field here',
      }));
    }
    if (issue.code === 'invalid_union' && issue.errors.length > 0) {
      return [unionFault(issue, path, content)];
    }
    return [{ path, found: shown(valueAt(content, path)), allowed: issue.message }];
  });
}

/** Of all that a union would take, the reading that came furthest explains it best. */
function unionFault(
  issue: Extract<z.core.$ZodIssue, { code: 'invalid_union' }>,
  path: Path,
  content: unknown,
): Fault {
  const readings = issue.errors.map((issues) => problemsOf(new z.ZodError(issues), path, content));
  const deepest = readings.toSorted((a, b) => depthOf(b) - depthOf(a))[0]?.[0];
  if (deepest !== undefined && deepest.path.length > path.length) return deepest;
  const allowed = [...new Set(readings.flatMap(([first]) => first?.allowed ?? []))].join('; or ');
  return { path, found: shown(valueAt(content, path)), allowed };
}

const depthOf = (faults: readonly Fault[]): number => faults[0]?.path.length ?? 0;

const valueAt = (content: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, part) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Readonly<Record<string, unknown>>)[part]
        : undefined,
    content,
  );

const shown = (value: unknown): string =>
  value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing').slice(0, 80);

/** A hint where a word is nearly one that is known. */
function nearest(word: string, known: readonly string[]): string {
  const near = known
    .map((each) => ({ each, distance: editDistance(word, each) }))
    .toSorted((a, b) => a.distance - b.distance)[0];
  return near !== undefined && near.distance <= 3 ? ` (did you mean ${near.each}?)` : '';
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
