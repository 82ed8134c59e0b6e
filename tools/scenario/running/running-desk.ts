/** The legal desk of a running cloud, over HTTP, each act with its person's own token. */
import { z } from 'zod';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import { stages } from '../../../cloud-stub/legal/matter.ts';
import { processIds } from '../../../cloud-stub/legal/process-rules.ts';
import type {
  ChallengeEnd,
  DeskAnswer,
  DeskRefusal,
} from '../../../cloud-stub/services/legal-desk/legal-desk.ts';
import type { Principal } from '../../../cloud-stub/services/legal-desk/principals.ts';
import type { ServedFile } from '../../../cloud-stub/services/legal-desk/served-documents.ts';
import { type Ulid, ulidSchema } from '../../../device/wire/ids.ts';
import { epochMs, isoTime } from '../../../device/wire/time.ts';
import type { MatterFacts, ScenarioDesk } from '../scenario-cloud.ts';
import type { CloudHttp } from './cloud-http.ts';
import { readTar } from './tar-bag.ts';

const instant = z.iso.datetime().transform((text) => epochMs(Date.parse(text)));
const submitted = z.looseObject({ demand: ulidSchema });
const perClass = z.custom<NonNullable<MatterFacts['released']>>();
const matterFacts = z.looseObject({
  stage: z.enum(stages),
  version: z.int(),
  needs: z.array(z.custom<MatterFacts['needs'][number]>()),
  outcome: z.custom<NonNullable<MatterFacts['outcome']>>().nullable(),
  released: perClass.nullable(),
  withheld: perClass.nullable(),
  checks: z.array(z.custom<MatterFacts['checks'][number]>()),
  holds: z.array(z.custom<MatterFacts['holds'][number]>()),
  question: z.custom<NonNullable<MatterFacts['question']>>().nullable(),
  notice: z.custom<MatterFacts['notice']>(),
  followUp: z.custom<NonNullable<MatterFacts['followUp']>>().nullable(),
});
const summaries = z.looseObject({ items: z.array(submitted) });
const notices = z.looseObject({
  items: z.array(
    z.looseObject({ notice: ulidSchema, sentAt: instant, process: z.enum(processIds) }),
  ),
});

export function makeRunningDesk(
  owner: (account: AccountId) => CloudHttp,
  person: (principal: Ulid) => CloudHttp,
): ScenarioDesk {
  /** A refusal over HTTP carries the desk's own word. */
  async function act<Value>(
    by: Principal,
    schema: z.ZodType<Value>,
    method: string,
    where: string,
    body?: object,
  ): Promise<DeskAnswer<Value>> {
    const answer = await person(by.principal).ask(schema, method, where, body);
    if (answer.ok) return { ok: true, value: answer.body };
    // Who may not even ask is told so before the desk hears of it; it is on record as there.
    const because = answer.status === 403 && answer.reason === 'Forbidden' ? 'role' : answer.reason;
    return { ok: false, because: refusalOf(because), detail: answer.detail };
  }
  /** Those of this story: a cloud that others were told to knows more. */
  const own = new Set<Ulid>();
  const on = (demand: Ulid, what: string): string => `/v1/demands/${demand}/${what}`;
  const post =
    <Given extends object>(what: string) =>
    (by: Principal, demand: Ulid, given?: Given) =>
      act(by, z.unknown(), 'POST', on(demand, what), given);
  const said = async (
    account: AccountId,
    method: string,
    where: string,
    body?: object,
  ): Promise<boolean> => (await owner(account).ask(z.unknown(), method, where, body)).ok;

  return {
    async submit(by, form, file) {
      const paper = { form, document: documentOf(file) };
      const answer = await act(by, submitted, 'POST', '/v1/demands', paper);
      if (answer.ok) own.add(answer.value.demand);
      return answer;
    },
    answer: (by, demand, form, file) =>
      act(by, z.unknown(), 'POST', on(demand, 'answer'), {
        form,
        document: file === null ? null : documentOf(file),
      }),
    takeIn: post('intake'),
    review: post('review'),
    advise: post('opinion'),
    refuse: post('refusal'),
    approve: post('approval'),
    move: post('motion'),
    endChallenge: (by, demand, { upheld, modified }) =>
      act(by, z.unknown(), 'POST', on(demand, 'challenge-end'), {
        upheld,
        ...(modified === undefined ? {} : { modified: inText(modified) }),
      }),
    seal: post('seal'),
    deliver: post('delivery'),
    withdraw: post('withdrawal'),
    liftSilence: (by, demand) => act(by, z.unknown(), 'DELETE', on(demand, 'silence')),
    async show(by, demand) {
      const answer = await person(by.principal).ask(matterFacts, 'GET', `/v1/demands/${demand}`);
      return answer.ok ? answer.body : null;
    },
    async list(by, { limit }) {
      const where = `/v1/demands?limit=${limit}`;
      const { items } = await person(by.principal).json(summaries, 'GET', where);
      return { items: items.filter(({ demand }) => own.has(demand)) };
    },
    notices: async (account) => (await owner(account).json(notices, 'GET', '/v1/notices')).items,
    challenge: (account, notice, because) =>
      said(account, 'POST', `/v1/notices/${notice}/challenge`, { because }),
    waiveChallenge: (account, notice) => said(account, 'POST', `/v1/notices/${notice}/waiver`),
    consent: (account, demand, given) => said(account, 'PUT', `/v1/consents/${demand}`, given),
    revokeConsent: (account, demand) => said(account, 'DELETE', `/v1/consents/${demand}`),
    async openBag(by, demand) {
      const tar = await person(by.principal).bytes(on(demand, 'bag'));
      return tar === null ? null : readTar(tar);
    },
  };
}

const inText = ({ from, to, ...more }: NonNullable<ChallengeEnd['modified']>) => ({
  ...more,
  ...(from === undefined ? {} : { from: isoTime(from) }),
  ...(to === undefined ? {} : { to: isoTime(to) }),
});

const documentOf = ({ name, mediaType, bytes }: ServedFile) => ({
  name,
  mediaType,
  base64: Buffer.from(bytes).toString('base64'),
});

/** The desk's words, and no others, are answers of the desk; what else it is stands in the detail. */
const refusalOf = (reason: string): DeskRefusal =>
  (reason === 'not-found' ? 'no-such-demand' : reason) as DeskRefusal;
