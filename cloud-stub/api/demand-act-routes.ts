/** What the desk's people do in a matter: each act is one route, for one role. [LEG-5] */
import type { z } from 'zod';
import type { Ulid } from '../../device/wire/ids.ts';
import type {
  AgencyMatter,
  ChallengeEnd,
  DeskAnswer,
  DeskMatter,
  LegalDesk,
} from '../services/legal-desk/legal-desk.ts';
import type { Principal } from '../services/legal-desk/principals.ts';
import type { ApiServer } from './api-context.ts';
import { principalOf } from './authentication.ts';
import { accepted } from './desk-answers.ts';
import {
  approving,
  challengeEnd,
  demandParams,
  intakeFindings,
  motion,
  refusing,
  reviewFindings,
} from './desk-requests.ts';
import {
  agencyMatterView,
  deskMatterView,
  viewAgencyMatter,
  viewDeskMatter,
} from './desk-views.ts';
import { officeRefusals } from './office-refusals.ts';
import { present } from './requests.ts';

const tags = ['demands'];

export function addDemandActRoutes(server: ApiServer, desk: LegalDesk): void {
  act(server, 'intake', 'Take in: what only a person can tell of the paper', intakeFindings, (a) =>
    desk.takeIn(a.by, a.demand, a.body),
  );
  act(server, 'review', 'Review: narrow, confirm, clear checks, and sign', reviewFindings, (a) =>
    desk.review(a.by, a.demand, present(a.body)),
  );
  act(server, 'opinion', "Counsel's opinion, of the same shape", reviewFindings, (a) =>
    desk.advise(a.by, a.demand, present(a.body)),
  );
  act(server, 'refusal', 'Refuse, with a reason of the list', refusing, (a) =>
    desk.refuse(a.by, a.demand, a.body),
  );
  act(server, 'approval', 'Approve what was reviewed', approving, (a) =>
    desk.approve(a.by, a.demand, a.body),
  );
  act(server, 'motion', 'Move, for the provider, to quash or modify it', motion, (a) =>
    desk.move(a.by, a.demand, a.body),
  );
  act(server, 'challenge-end', "A court's word on a challenge or motion", challengeEnd, (a) =>
    desk.endChallenge(a.by, a.demand, endOf(a.body)),
  );
  plain(
    server,
    'POST',
    'seal',
    'Freeze, lease, build and seal the bag; asked again it goes on',
    (a) => desk.seal(a.by, a.demand),
  );
  plain(server, 'POST', 'delivery', 'Hand the bag over', (a) => desk.deliver(a.by, a.demand));
  plain(server, 'DELETE', 'silence', 'A court lifted the silence: the owner is told', (a) =>
    desk.liftSilence(a.by, a.demand),
  );

  server.post(
    '/v1/demands/:demand/withdrawal',
    {
      schema: {
        tags,
        summary: 'Withdraw a demand of your agency',
        params: demandParams,
        response: { 200: agencyMatterView, ...officeRefusals },
      },
    },
    async (request): Promise<ReturnType<typeof viewAgencyMatter>> => {
      const done: DeskAnswer<AgencyMatter> = await desk.withdraw(
        principalOf(request),
        request.params.demand,
      );
      return viewAgencyMatter(accepted(done));
    },
  );
}

const endOf = ({ upheld, modified }: z.output<typeof challengeEnd>): ChallengeEnd =>
  modified === undefined ? { upheld } : { upheld, modified: present(modified) };

type Asked<Body> = { readonly by: Principal; readonly demand: Ulid; readonly body: Body };

function act<Body extends z.ZodType>(
  server: ApiServer,
  name: string,
  summary: string,
  body: Body,
  run: (asked: Asked<z.output<Body>>) => Promise<DeskAnswer<DeskMatter>>,
): void {
  server.post(
    `/v1/demands/:demand/${name}`,
    {
      schema: {
        tags,
        summary,
        params: demandParams,
        body,
        response: { 200: deskMatterView, ...officeRefusals },
      },
    },
    async (request) => {
      const { demand } = request.params as z.output<typeof demandParams>;
      const asked = { by: principalOf(request), demand, body: request.body as z.output<Body> };
      return viewDeskMatter(accepted(await run(asked)));
    },
  );
}

function plain(
  server: ApiServer,
  method: 'POST' | 'DELETE',
  name: string,
  summary: string,
  run: (asked: Omit<Asked<never>, 'body'>) => Promise<DeskAnswer<DeskMatter>>,
): void {
  server.route({
    method,
    url: `/v1/demands/:demand/${name}`,
    schema: {
      tags,
      summary,
      params: demandParams,
      response: { 200: deskMatterView, ...officeRefusals },
    },
    handler: async (request) => {
      const { demand } = request.params;
      return viewDeskMatter(accepted(await run({ by: principalOf(request), demand })));
    },
  });
}
