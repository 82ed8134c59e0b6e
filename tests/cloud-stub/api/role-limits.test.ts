import { describe, expect, test } from 'vitest';
import {
  type Caller,
  callers,
  type RouteRule,
  routeTable,
} from '../../../cloud-stub/api/route-table.ts';
import { actRules, acts } from '../../../cloud-stub/legal/matter-acts.ts';

/** Written from the duties of people (L5), not from the table: a row that is wrong there is wrong here. */
const rows = Object.entries(routeTable as Record<string, RouteRule>);
const open = (caller: Caller): readonly string[] =>
  rows.flatMap(([route, { who }]) => (who !== 'anyone' && who.includes(caller) ? [route] : []));
const isRead = (route: string): boolean => /^(GET|HEAD) /.test(route);
const changesOf = (caller: Caller): readonly string[] =>
  open(caller).filter((route) => !isRead(route) && !route.endsWith('/v1/session'));

const footage = /\/(clips|events|devices|live|stills|snapshot|press)\b/;
const papers = /\/(document|bag)$/;
const holds = /\/hold/;
const log = /\/(ledger|transparency)\b/;
const people = /\/(principals|agencies)\b/;
const matters = /\/demands\b/;
const owners = /\/(account|notices|consents)\b/;
const clock = /\/clock\b/;

describe('[SEC-1] what a role may never do', () => {
  test.each<[Caller, readonly RegExp[]]>([
    // "see holds under gag": none of it is the owner's to look at.
    ['owner', [holds, matters, log, people, clock]],
    ['shared-user', [holds, matters, log, people, clock, owners]],
    ['agency-officer', [footage, holds, log, people, clock, owners]],
    ['agency-admin', [footage, holds, log, /agencies/, /\/bag$/, clock, owners]],
    ['intake-clerk', [footage, /\/bag$/, log, /principals/, clock, owners]],
    ['reviewer', [footage, /\/bag$/, log, people, clock, owners]],
    ['counsel', [footage, /\/bag$/, holds, log, people, clock, owners]],
    ['approver', [footage, /\/bag$/, log, people, clock, owners]],
    ['custodian', [footage, holds, log, people, clock, owners]],
    ['auditor', [footage, papers, clock, owners]],
    ['ops', [footage, papers, matters, holds, log, /agencies/, clock, owners]],
    ['operator', [footage, papers, matters, holds, log, people, owners]],
  ])('%s', (caller, never) => {
    const own = open(caller);
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter((route) => never.some((pattern) => pattern.test(route)))).toEqual([]);
  });

  test('each changes what is its duty, and nothing else', () => {
    const duty = Object.fromEntries(callers.map((caller) => [caller, changesOf(caller)]));
    const { owner, ...others } = duty;
    const demand = (...names: readonly string[]) =>
      names.map((name) => `POST /v1/demands/:demand/${name}`);
    expect(others).toEqual({
      'shared-user': [],
      'agency-officer': ['POST /v1/demands', ...demand('answer', 'withdrawal')],
      'agency-admin': ['DELETE /v1/principals/:principal', 'POST /v1/closed-cases'],
      'intake-clerk': [...demand('intake'), 'POST /v1/agencies/:agency/verification'],
      reviewer: [
        ...demand('review', 'refusal', 'challenge-end'),
        'DELETE /v1/demands/:demand/silence',
        ...['POST /v1/holds', 'POST /v1/holds/:hold/renewal', 'POST /v1/holds/:hold/release'],
      ],
      counsel: demand('opinion', 'motion'),
      approver: [
        ...demand('approval'),
        ...['POST /v1/hold-proposals/:hold/approval', 'POST /v1/holds/:hold/release'],
      ],
      custodian: demand('seal', 'delivery'),
      auditor: [],
      ops: ['DELETE /v1/principals/:principal', 'POST /v1/sweep'],
      operator: ['POST /clock/advance'],
    });
    expect(owner?.every((route) => footage.test(route) || owners.test(route))).toBe(true);
  });

  test("the desk's own table of acts says the same as the routes", () => {
    const byRoute = new Map(
      rows.flatMap(([, { act, who }]) => (act === undefined ? [] : [[act, who]])),
    );
    for (const act of acts) expect([act, byRoute.get(act)]).toEqual([act, [actRules[act].role]]);
  });

  test('footage is read by its owner and whom the owner lets look, and leaves in bags alone', () => {
    const readers = (pattern: RegExp) =>
      new Set(rows.flatMap(([route, { who }]) => (pattern.test(route) ? who : [])));
    expect([...readers(/\/(video|stills|live|stream)\b/)]).toEqual(['owner', 'shared-user']);
    expect([...readers(/\/bag$/)]).toEqual(['agency-officer', 'custodian']);
  });
});
