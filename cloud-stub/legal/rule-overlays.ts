/**
 * What a state's law adds to a row of federal process, where its own courts and agencies serve it: data with its
 * source, laid over the row. A state may ask for more notice and shorter silence; it compels nothing by an overlay.
 */
import { z } from 'zod';
import type { EpochMs } from '../../device/wire/time.ts';
import type { Demand } from './demand.ts';
import {
  authorityNoticeSchema,
  basisSchema,
  dateSchema,
  type ProcessRule,
  processIds,
} from './process-rules.ts';

const overlaySchema = z.strictObject({
  /** As a paper names the jurisdiction of its issuer: ISO 3166-2. */
  jurisdiction: z.string().regex(/^US-[A-Z]{2}$/),
  processes: z.array(z.enum(processIds)).min(1),
  basis: basisSchema,
  authorityNotice: authorityNoticeSchema,
  /** Of a court's order of silence; the shorter of this and the row's counts. */
  gagDaysMax: z.int().min(1).max(365).nullable(),
  effectiveFrom: dateSchema,
  effectiveTo: dateSchema.nullable(),
});
export type OverlayRow = z.input<typeof overlaySchema>;
export type RuleOverlay = z.infer<typeof overlaySchema>;

export const ruleOverlaysSchema = z.array(overlaySchema);

/** The row as it is for this demand. */
export function overlaid(
  rule: ProcessRule,
  overlays: readonly RuleOverlay[],
  { issuer, receivedAt }: Pick<Demand, 'issuer' | 'receivedAt'>,
): ProcessRule {
  const overlay = overlays.find(
    (each) =>
      each.jurisdiction === issuer?.jurisdiction &&
      each.processes.includes(rule.process) &&
      isInForce(each, receivedAt),
  );
  if (overlay === undefined) return rule;
  const { basis, authorityNotice, gagDaysMax } = overlay;
  const { gag } = rule;
  return {
    ...rule,
    basis: [...rule.basis, ...basis],
    authorityNotice: authorityNotice ?? rule.authorityNotice,
    gag: { ...gag, maxDays: Math.min(gag.maxDays, gagDaysMax ?? gag.maxDays) },
  };
}

const isInForce = ({ effectiveFrom, effectiveTo }: RuleOverlay, at: EpochMs): boolean =>
  effectiveFrom <= at && (effectiveTo === null || at < effectiveTo);
