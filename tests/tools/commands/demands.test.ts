import { expect, test } from 'vitest';
import { demandFormSchema } from '../../../cloud-stub/services/legal-desk/demand-form.ts';
import { demandFormExample, mediaTypeOf } from '../../../tools/commands/demand-form.ts';
import { CommandFailure } from '../../../tools/commands/failure.ts';
import { matterText } from '../../../tools/commands/matter-text.ts';

test('the form that is printed to be filled in holds as it is', () => {
  expect(demandFormSchema.safeParse(demandFormExample).error?.issues ?? []).toEqual([]);
});

test('a paper is what its name says, or is refused before it is sent', () => {
  expect(mediaTypeOf('a/b.warrant.PDF')).toBe('application/pdf');
  for (const name of ['page.html', 'no-ending', 'pdf.exe']) {
    expect(() => mediaTypeOf(name), name).toThrow(CommandFailure);
  }
});

test('a matter is read as lines: what failed, what is missing, what is due', () => {
  const text = matterText({
    demand: '01J',
    stage: 'in-review',
    process: 'search-warrant',
    agency: 'Springfield Police',
    version: 3,
    outcome: null,
    question: null,
    released: null,
    needs: [{ need: 'approver', missing: 1 }],
    checks: [
      { check: 'V01', outcome: 'passed' },
      { check: 'V09', outcome: 'failed', action: 'review', because: 'it spans more than 48 hours' },
    ],
    holds: [{ hold: '01K', kind: 'intake', ended: false }],
    notice: { state: 'none' },
    deadlines: [{ what: 'answer', at: '2026-11-01T00:00:00.000Z', isPast: true }],
  });
  expect(text.split('\n')).toEqual([
    'demand    01J',
    'process   search-warrant, Springfield Police',
    'stage     in-review, version 3',
    'needs     approver 1',
    'V09       review: it spans more than 48 hours',
    'hold      01K intake',
    'notice    none',
    'due       answer, 2026-11-01T00:00:00.000Z, past',
  ]);
});

test('what an agency is shown is read without what it is not shown', () => {
  const question = { reason: 'not_particular', dueAt: '2026-11-15T00:00:00.000Z' };
  const outcome = { code: 'PARTIAL', reasons: ['overbroad', 'not_particular'] };
  expect(matterText({ demand: '01J', stage: 'asked', question, outcome }).split('\n')).toEqual([
    'demand    01J',
    'process   -, -',
    'stage     asked',
    'asked     not_particular, by 2026-11-15T00:00:00.000Z',
    'outcome   PARTIAL overbroad not_particular',
  ]);
});
