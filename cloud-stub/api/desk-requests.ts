/** What requests to the office may carry. */
import { z } from 'zod';
import { epochMs } from '../../device/wire/time.ts';
import { subjectSchema } from '../services/legal-desk/demand-form.ts';
import {
  checkIds,
  dataClasses,
  motionGrounds,
  reasons,
  stages,
} from '../services/legal-desk/desk-words.ts';
import { limit, thing, ulid } from './requests.ts';

const line = (max: number) => z.string().max(max);

export const demandParams = z.strictObject({ demand: ulid });
export const holdParams = z.strictObject({ hold: ulid });
export const noticeParams = z.strictObject({ notice: ulid });
export const principalParams = z.strictObject({ principal: ulid });
export const agencyParams = z.strictObject({ agency: ulid });

export const demandsQuery = z.strictObject({
  stage: z.enum(stages).optional(),
  after: ulid.optional(),
  limit,
});
export const itemsQuery = z.strictObject({ after: line(256).optional(), limit });
export const holdsQuery = z.strictObject({
  open: z.literal(['', '1', 'true']).optional().describe('only those in force'),
  after: ulid.optional(),
  limit,
});

const document = z
  .strictObject({
    name: line(200),
    mediaType: line(100),
    base64: z.base64().describe('the file, byte for byte'),
  })
  .describe('the served paper: PDF, TIFF, PNG or JPEG');
/** The form is checked by the desk, which puts its refusal on record. */
const form = z.looseObject({}).describe('as `doorbell demand form` prints it');

export const submission = z.strictObject({ form, document });
export const answering = z.strictObject({ form, document: document.nullable() });

export const intakeFindings = z.strictObject({
  pages: z.int().min(0).max(10_000),
  attachmentsMissing: z.array(line(200)).max(100),
  filters: z.array(z.enum(['plain', 'protected-activity', 'status'])).max(50),
  callBack: z.enum(['passed', 'failed', 'not-made']),
  silenceNamesProcess: z.boolean(),
});

const seen = z.int().min(1).describe("the matter's version as it was read");
const keys = z.array(line(256)).max(10_000);
export const reviewFindings = z.strictObject({
  seen,
  narrow: keys.optional().describe('items cut out, by key'),
  confirm: keys.optional().describe('items whose time was in doubt and is not'),
  clear: z.array(z.enum(checkIds)).max(checkIds.length).optional(),
});
export const refusing = z.strictObject({ seen, reason: z.enum(reasons) });
export const approving = z.strictObject({ seen });
export const motion = z.strictObject({
  ground: z.enum(motionGrounds),
  because: line(4000).min(1).describe('what stands in the motion'),
});
const instant = z.iso.datetime({ offset: true }).transform((text) => epochMs(Date.parse(text)));
export const challengeEnd = z.strictObject({
  upheld: z.boolean().describe('it is quashed'),
  modified: z
    .strictObject({
      from: instant.optional(),
      to: instant.optional(),
      subjects: z.array(subjectSchema).max(1000).optional(),
      classes: z.array(z.enum(dataClasses)).max(dataClasses.length).optional(),
    })
    .optional()
    .describe("of the provider's own motion: what is left of the demand, in place of what it said"),
});
export const challenging = z.strictObject({ because: line(4000).min(1) });
export const consenting = z.strictObject({
  clips: z.array(z.strictObject({ thing, clip: ulid })).max(1000),
  classes: z.array(z.enum(['subscriber', 'non-content'])).max(2),
});

export const holdRequest = z.strictObject({
  basis: ulid.describe('the case of your own that it rests on'),
  things: z.array(thing).max(1000).default([]),
  accounts: z.array(ulid).max(1000).default([]).describe('all that is theirs: it takes two people'),
  from: z.iso.datetime({ offset: true }),
  to: z.iso.datetime({ offset: true }),
});
export const renewal = z.strictObject({ request: z.string().regex(/^[0-9a-f]{64}$/) });
export const release = z.strictObject({ because: z.enum(['released', 'rejected']) });
export const closedCase = z.strictObject({ caseNumber: line(64).min(1) });
