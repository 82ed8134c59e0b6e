/** A matter as people read it on a terminal. */
import { z } from 'zod';

const shown = z.looseObject({
  demand: z.string(),
  stage: z.string(),
  process: z.string().optional(),
  agency: z.string().optional(),
  version: z.number().optional(),
  outcome: z.looseObject({ code: z.string() }).nullable().optional(),
  question: z.strictObject({ reason: z.string(), dueAt: z.string() }).nullable().optional(),
  released: z.record(z.string(), z.number()).nullable().optional(),
  needs: z.array(z.looseObject({ need: z.string() })).optional(),
  checks: z.array(z.looseObject({ check: z.string(), outcome: z.string() })).optional(),
  holds: z
    .array(z.strictObject({ hold: z.string(), kind: z.string(), ended: z.boolean() }))
    .optional(),
  notice: z.looseObject({ state: z.string() }).optional(),
  challengeBy: z.string().nullable().optional(),
  followUp: z.looseObject({ state: z.string(), dueAt: z.string() }).nullable().optional(),
  deadlines: z
    .array(z.strictObject({ what: z.string(), at: z.string(), isPast: z.boolean() }))
    .optional(),
});

export function matterText(matter: unknown): string {
  const found = shown.parse(matter);
  const lines: (readonly [string, string])[] = [
    ['demand', found.demand],
    ['process', `${found.process ?? '-'}, ${found.agency ?? '-'}`],
    ['stage', found.stage + (found.version === undefined ? '' : `, version ${found.version}`)],
  ];
  const { outcome, question, released } = found;
  if (question != null) lines.push(['asked', `${question.reason}, by ${question.dueAt}`]);
  if (outcome != null) lines.push(['outcome', Object.values(outcome).flat().join(' ')]);
  if (released != null) {
    const counts = Object.entries(released).map(([name, count]) => `${count} ${name}`);
    lines.push(['released', counts.join(', ')]);
  }
  for (const { need, ...more } of found.needs ?? []) {
    lines.push(['needs', [need, ...Object.values(more)].join(' ')]);
  }
  for (const check of found.checks ?? []) {
    if (check.outcome !== 'failed') continue;
    lines.push([check.check, `${String(check['action'])}: ${String(check['because'])}`]);
  }
  for (const { hold, kind, ended } of found.holds ?? []) {
    lines.push(['hold', `${hold} ${kind}${ended ? ', ended' : ''}`]);
  }
  if (found.notice !== undefined) lines.push(['notice', found.notice.state]);
  if (found.challengeBy != null) lines.push(['challenge', `until ${found.challengeBy}`]);
  if (found.followUp != null) {
    lines.push(['process', `that follows: ${found.followUp.state}, by ${found.followUp.dueAt}`]);
  }
  for (const { what, at, isPast } of found.deadlines ?? []) {
    lines.push(['due', `${what}, ${at}${isPast ? ', past' : ''}`]);
  }
  return lines.map(([name, text]) => `${name.padEnd(9)} ${text}`).join('\n');
}
