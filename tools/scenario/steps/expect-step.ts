/** What must be so now, by its subject: a clip, an owner, a doorbell, the ledger. */
import { z } from 'zod';
import { defineStep, type Step } from '../step.ts';
import { expectations } from './expectations.ts';

const subjects = expectations.map(({ subject }) => subject);

/** One schema for each subject: the first member that names one decides, so that a fault in it is told as its own. */
const body = z.record(z.string(), z.unknown()).transform((written, context): Parsed => {
  const found = expectations.filter(({ subject }) => subject in written);
  const [expectation] = found;
  if (expectation === undefined || found.length > 1) {
    const what = found.length > 1 ? 'only one' : 'one';
    context.addIssue({ code: 'custom', message: `expected ${what} of ${subjects.join(', ')}` });
    return z.NEVER;
  }
  const parsed = expectation.body.safeParse(written);
  if (parsed.success) return { expectation, body: parsed.data };
  for (const issue of parsed.error.issues)
    context.issues.push({ ...issue, input: written } as never);
  return z.NEVER;
});
type Parsed = { readonly expectation: (typeof expectations)[number]; readonly body: unknown };

const [first, ...rest] = expectations.map((each) => each.body);

export const expectStep: Step = {
  ...defineStep(
    'expect',
    'Something must be so now.',
    body,
    (world, { expectation, body: parsed }) => expectation.compare(world, parsed),
  ),
  ...(first === undefined ? {} : { published: z.union([first, ...rest]) }),
};
