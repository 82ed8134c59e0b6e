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
  /** As a paper names the jurisdiction of its issuer: ISO 3166-2 of a state, or all of the United States. */
  jurisdiction: z.string().regex(/^US(-[A-Z]{2})?$/),
  processes: z.array(z.enum(processIds)).min(1),
  basis: basisSchema,
  authorityNotice: authorityNoticeSchema.default(null),
  /** Of a court's order of silence; the shorter of this and the row's counts. */
  gagDaysMax: z.int().min(1).max(365).nullable().default(null),
  /** Of the process that has to follow; the sooner of this and the row's counts. */
  followUpDaysMax: z.int().min(1).max(365).nullable().default(null),
  area: z.enum(['counsel', 'refused']).default('counsel'),
  effectiveFrom: dateSchema,
  effectiveTo: dateSchema.nullable(),
});
export type OverlayRow = z.input<typeof overlaySchema>;
export type RuleOverlay = z.infer<typeof overlaySchema>;

export const ruleOverlaysSchema = z.array(overlaySchema);

/** The row as it is for this demand: all that is in force for its issuer, one upon the other. */
export const overlaid = (
  rule: ProcessRule,
  overlays: readonly RuleOverlay[],
  { issuer, receivedAt }: Pick<Demand, 'issuer' | 'receivedAt'>,
): ProcessRule =>
  overlays
    .filter(
      (each) =>
        isWithin(issuer?.jurisdiction ?? '', each.jurisdiction) &&
        each.processes.includes(rule.process) &&
        isInForce(each, receivedAt),
    )
    .reduce(laidOn, rule);

function laidOn(rule: ProcessRule, overlay: RuleOverlay): ProcessRule {
  const { gag, followUpDays } = rule;
  const { basis, authorityNotice, gagDaysMax, followUpDaysMax, area } = overlay;
  return {
    ...rule,
    basis: [...rule.basis, ...basis],
    authorityNotice: authorityNotice ?? rule.authorityNotice,
    gag: { ...gag, maxDays: Math.min(gag.maxDays, gagDaysMax ?? gag.maxDays) },
    followUpDays:
      followUpDays === null ? null : Math.min(followUpDays, followUpDaysMax ?? followUpDays),
    area: area === 'refused' ? area : rule.area,
  };
}

const isWithin = (place: string, whole: string): boolean =>
  place === whole || place.startsWith(`${whole}-`);

const isInForce = ({ effectiveFrom, effectiveTo }: RuleOverlay, at: EpochMs): boolean =>
  effectiveFrom <= at && (effectiveTo === null || at < effectiveTo);
