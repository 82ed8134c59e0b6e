/** What the API shows of matters, holds and people, as schemas and as the functions that make them. */
import { z } from 'zod';
import { type EpochMs, isoTime } from '../../device/wire/time.ts';
import type { HoldProposal } from '../services/legal-desk/desk-hold-proposals.ts';
import type { HoldView } from '../services/legal-desk/desk-holds.ts';
import type {
  AgencyMatter,
  DemandSummary,
  DeskMatter,
  OwnerNotice,
} from '../services/legal-desk/legal-desk.ts';

const instant = z.string().describe('RFC 3339, UTC, milliseconds');
const id = z.string().describe('ULID');
const perClass = z.strictObject({
  subscriber: z.int().min(0),
  'non-content': z.int().min(0),
  content: z.int().min(0),
});
/** Parts whose words are the law's, kept as the desk has them. */
const asDecided = z.looseObject({});

const summaryFields = {
  demand: id,
  process: z.string(),
  agency: z.string(),
  caseNumber: z.string().nullable(),
  receivedAt: instant,
  stage: z.string(),
};
export const demandSummary = z.strictObject(summaryFields).meta({ id: 'DemandSummary' });

const agencyFields = {
  ...summaryFields,
  documentSha256: z.string(),
  classes: z.array(z.string()),
  question: z.strictObject({ reason: z.string(), dueAt: instant }).nullable(),
  outcome: asDecided.nullable().describe('`code`, and the reasons or detail of it'),
  decidedAt: instant.nullable(),
  released: perClass.nullable().describe('items that leave, by class'),
  answerDueAt: instant.nullable(),
  deliveredAt: instant.nullable(),
  challenged: z.boolean(),
  followUp: z
    .strictObject({ dueAt: instant, state: z.enum(['due', 'missed', 'came']), by: id.nullable() })
    .nullable()
    .describe('the process that has to follow what left without one'),
  authorityNoticeBy: instant.nullable().describe('the notice that the agency owes the subscriber'),
};
export const agencyMatterView = z
  .strictObject(agencyFields)
  .describe(
    "a matter as its agency sees it: nothing of others' matters, nothing of the desk's people",
  )
  .meta({ id: 'AgencyMatter' });

export const deskMatterView = z
  .strictObject({
    ...agencyFields,
    version: z.int().min(1).describe('shown with every review and approval as `seen`'),
    sender: id,
    things: z.array(z.string()),
    accounts: z.array(id),
    from: instant.nullable(),
    to: instant.nullable(),
    area: z.string().nullable(),
    checks: z.array(asDecided).describe('V01 to V20, each with its outcome'),
    people: z.array(z.strictObject({ principal: z.string(), part: z.string() })),
    needs: z.array(asDecided).describe('whose word is missing'),
    withheld: perClass.nullable(),
    holds: z.array(z.strictObject({ hold: id, kind: z.string(), ended: z.boolean() })),
    notice: z.looseObject({ state: z.string() }),
    challengeBy: instant.nullable().describe('nothing leaves before'),
    deadlines: z.array(z.strictObject({ what: z.string(), at: instant, isPast: z.boolean() })),
    export: asDecided.nullable(),
  })
  .meta({ id: 'DeskMatter' });
export type DeskMatterView = z.infer<typeof deskMatterView>;
export type AgencyMatterView = z.infer<typeof agencyMatterView>;

export const itemView = z
  .looseObject({
    key: z.string(),
    class: z.string(),
    released: z.boolean(),
    because: z.string(),
  })
  .meta({ id: 'DecidedItem' });

const scopeView = z.strictObject({
  subjects: z.array(z.looseObject({ by: z.string() })),
  from: instant.nullable(),
  to: instant.nullable(),
});

export const holdView = z
  .strictObject({
    hold: id,
    kind: z.string(),
    basis: id,
    scope: scopeView,
    placedAt: instant,
    expiresAt: instant.nullable(),
    renewals: z.int().min(0),
    ended: z.strictObject({ at: instant, because: z.string() }).nullable(),
    releaseAsked: z.boolean(),
  })
  .meta({ id: 'Hold' });
export type HoldJson = z.infer<typeof holdView>;

export const holdProposalView = z
  .strictObject({
    proposal: id.describe('the hold that it becomes'),
    basis: id,
    scope: scopeView,
    proposedAt: instant,
    expiresAt: instant.describe('approved by another person before, or never'),
  })
  .meta({ id: 'HoldProposal' });

export const noticeView = z
  .strictObject({
    notice: id,
    sentAt: instant,
    process: z.string(),
    agency: z.string(),
    caseNumber: z.string().nullable(),
    released: perClass,
    disclosedAt: instant.nullable(),
    challengeBy: instant
      .nullable()
      .describe('until then you can challenge it before anything leaves'),
    challenged: z.boolean(),
    followUpDueAt: instant.nullable().describe('by then legal process has to follow'),
  })
  .meta({ id: 'Notice' });

const iso = (at: EpochMs | null): string | null => (at === null ? null : isoTime(at));

export const viewSummary = (row: DemandSummary) => ({
  ...row,
  receivedAt: isoTime(row.receivedAt),
});

export function viewAgencyMatter(matter: AgencyMatter): AgencyMatterView {
  const { question, outcome } = matter;
  return {
    ...viewSummary(pick(matter)),
    documentSha256: matter.documentSha256,
    classes: [...matter.classes],
    question:
      question === null ? null : { reason: question.reason, dueAt: isoTime(question.dueAt) },
    outcome: outcome === null ? null : timesOf(outcome),
    decidedAt: iso(matter.decidedAt),
    released: matter.released,
    answerDueAt: iso(matter.answerDueAt),
    deliveredAt: iso(matter.deliveredAt),
    challenged: matter.challenged,
    followUp:
      matter.followUp === null
        ? null
        : { ...matter.followUp, dueAt: isoTime(matter.followUp.dueAt) },
    authorityNoticeBy: iso(matter.authorityNoticeBy),
  };
}

const pick = (matter: AgencyMatter): DemandSummary => {
  const { demand, process, agency, caseNumber, receivedAt, stage } = matter;
  return { demand, process, agency, caseNumber, receivedAt, stage };
};

export const viewDeskMatter = (matter: DeskMatter): DeskMatterView => ({
  ...viewAgencyMatter(matter),
  version: matter.version,
  sender: matter.sender,
  things: [...matter.things],
  accounts: [...matter.accounts],
  from: iso(matter.from),
  to: iso(matter.to),
  area: matter.area,
  checks: matter.checks.map((check) => ({ ...check })),
  people: matter.people.map((each) => ({ ...each })),
  needs: matter.needs.map((need) => ({ ...need })),
  withheld: matter.withheld,
  holds: matter.holds.map((hold) => ({ ...hold })),
  notice: { state: matter.notice.state, ...timesOf(matter.notice) },
  challengeBy: iso(matter.challengeBy),
  deadlines: matter.deadlines.map(({ what, at, isPast }) => ({ what, at: isoTime(at), isPast })),
  export: matter.export === null ? null : timesOf(matter.export),
});

const viewScope = ({ subjects, from, to }: HoldView['scope']) => ({
  subjects: subjects.map((subject) => ({ ...subject })),
  ...{ from: iso(from), to: iso(to) },
});

export const viewHoldProposal = ({ hold, basis, scope, ...times }: HoldProposal) => ({
  ...{ proposal: hold, basis, scope: viewScope(scope) },
  proposedAt: isoTime(times.proposedAt),
  expiresAt: isoTime(times.expiresAt),
});

export const viewHold = (hold: HoldView): HoldJson => ({
  ...hold,
  scope: viewScope(hold.scope),
  placedAt: isoTime(hold.placedAt),
  expiresAt: iso(hold.expiresAt),
  ended: hold.ended === null ? null : { at: isoTime(hold.ended.at), because: hold.ended.because },
});

export const viewNotice = (notice: OwnerNotice) => ({
  ...notice,
  sentAt: isoTime(notice.sentAt),
  disclosedAt: iso(notice.disclosedAt),
  challengeBy: iso(notice.challengeBy),
  followUpDueAt: iso(notice.followUpDueAt),
});

/** Members that are points in time, by their names. */
const timesOf = (facts: object): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(facts).map(([name, value]) =>
      typeof value === 'number' && /(At|^at|^until|^since)$/.test(name)
        ? [name, isoTime(value as EpochMs)]
        : [name, value],
    ),
  );
