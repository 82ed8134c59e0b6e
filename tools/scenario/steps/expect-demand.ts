/** How a demand stands at the legal desk: its checks, its outcome, what leaves, and what the owner is told. */
import { z } from 'zod';
import type { Outcome } from '../../../cloud-stub/legal/decision.ts';
import { stages } from '../../../cloud-stub/legal/matter.ts';
import { checkIds, dataClasses } from '../../../cloud-stub/legal/process-rules.ts';
import { reasons } from '../../../cloud-stub/legal/reasons.ts';
import type { MatterFacts } from '../scenario-cloud.ts';
import { compareList, compareValue, type Mismatch } from '../step.ts';
import { matterOf } from './desk-steps.ts';
import { defineExpectation } from './expectation.ts';

const outcomes = [
  'none',
  'FULL',
  'PARTIAL',
  'NO_RECORDS',
  'REJECTED',
  'CLARIFY',
  'WITHDRAWN',
  'QUASHED',
  'CHALLENGED',
  'SUPERSEDED',
] as const;
const counts = z.partialRecord(z.enum(dataClasses), z.int().min(0));

export const demandExpectation = defineExpectation(
  'demand',
  {
    demand: z.string(),
    stage: z.enum(stages).optional(),
    outcome: z.enum(outcomes).optional().describe('none: it is not decided'),
    reasons: z.array(z.enum(reasons)).optional().describe('of the outcome, all of them'),
    detail: z.enum(['purged', 'late', 'never_had', 'e2ee_only']).optional(),
    released: counts.optional().describe('items by class'),
    withheld: counts.optional().describe('items by class'),
    asked: z.enum(reasons).nullable().optional().describe('the question that is open; null: none'),
    checks: z
      .partialRecord(z.enum(checkIds), z.enum(['passed', 'failed', 'not-applicable']))
      .optional(),
    notice: z.enum(['sent', 'none', 'waiting', 'silenced', 'due']).optional(),
    'follow-up': z
      .enum(['none', 'due', 'missed', 'came'])
      .optional()
      .describe('the process that has to follow an emergency'),
    holds: z.array(z.string()).optional().describe('kinds of those in force, sorted'),
  },
  async (world, { demand: name, ...expected }) => {
    const matter = await matterOf(world, name);
    if (matter === null) {
      return [{ at: ['demand'], expected: `the demand ${name}`, found: 'the desk has none' }];
    }
    const { outcome } = matter;
    const found = reasonsOf(outcome);
    const holds = matter.holds.filter(({ ended }) => !ended).map(({ kind }) => kind);
    return [
      ...compareValue('stage', expected.stage, matter.stage),
      ...compareValue('outcome', expected.outcome, outcome?.code ?? 'none'),
      ...compareList('reasons', expected.reasons, found),
      ...compareValue('detail', expected.detail, detailOf(outcome)),
      ...compareCounts('released', expected.released, matter.released),
      ...compareCounts('withheld', expected.withheld, matter.withheld),
      ...compareValue('asked', expected.asked, matter.question?.reason ?? null),
      ...compareChecks(expected.checks, matter),
      ...compareValue('notice', expected.notice, matter.notice.state),
      ...compareValue('follow-up', expected['follow-up'], matter.followUp?.state ?? 'none'),
      ...compareList('holds', expected.holds, holds.toSorted()),
    ];
  },
);

const detailOf = (outcome: Outcome | null): string | null =>
  outcome?.code === 'NO_RECORDS' ? outcome.detail : null;

function reasonsOf(outcome: Outcome | null): readonly string[] {
  if (outcome === null) return [];
  if (outcome.code === 'PARTIAL') return outcome.reasons;
  return outcome.code === 'REJECTED' || outcome.code === 'CLARIFY' ? [outcome.reason] : [];
}

function compareCounts(
  at: string,
  expected: z.output<typeof counts> | undefined,
  found: MatterFacts['withheld'],
): readonly Mismatch[] {
  return dataClasses.flatMap((each): readonly Mismatch[] => {
    const count = expected?.[each];
    if (count === undefined || count === (found?.[each] ?? 0)) return [];
    return [
      { at: [at, each], expected: `${at} ${each}: ${count}`, found: String(found?.[each] ?? 0) },
    ];
  });
}

function compareChecks(
  expected: Readonly<Partial<Record<string, string>>> | undefined,
  { checks }: MatterFacts,
): readonly Mismatch[] {
  return checks.flatMap((result): readonly Mismatch[] => {
    const wanted = expected?.[result.check];
    if (wanted === undefined || wanted === result.outcome) return [];
    const because = result.outcome === 'failed' ? ` (${result.because})` : '';
    const found = `${result.outcome}${because}`;
    return [{ at: ['checks', result.check], expected: `${result.check}: ${wanted}`, found }];
  });
}
