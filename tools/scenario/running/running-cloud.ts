/**
 * A running cloud as a scenario asks it. What owners and the office do goes over HTTP, with their own tokens; what only
 * the operator of a cloud does (accounts, plans, people) is written beside it, as the command line does.
 */
import { z } from 'zod';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import type { Policy } from '../../../cloud-stub/custody/policy.ts';
import type { ClipKey, Ports } from '../../../cloud-stub/ports.ts';
import { makeAccounts } from '../../../cloud-stub/services/accounts/accounts.ts';
import { makePlans } from '../../../cloud-stub/services/accounts/plans.ts';
import { makeDevices } from '../../../cloud-stub/services/devices/devices.ts';
import { makePrincipals } from '../../../cloud-stub/services/legal-desk/principals.ts';
import { thingNameSchema, type Ulid, ulidSchema } from '../../../device/wire/ids.ts';
import { epochMs, isoTime } from '../../../device/wire/time.ts';
import type { ScenarioCloud, ScenarioFootage, ScenarioHolds } from '../scenario-cloud.ts';
import { ScenarioMistake } from '../step.ts';
import { type CloudHttp, openCloudHttp } from './cloud-http.ts';
import { makeRunningDesk } from './running-desk.ts';

export type RunningCloudOptions = {
  readonly url: string;
  /** Beside the cloud, on its own time. */
  readonly records: Omit<Ports, 'bus'>;
  readonly policy: Policy;
};

const clipKeys = z.looseObject({
  items: z.array(z.looseObject({ thing: thingNameSchema, clip: ulidSchema })),
});
const nothing = z.unknown();
const endOfTime = epochMs(Date.UTC(2100, 0, 1));

export function openRunningCloud({ url, records, policy }: RunningCloudOptions): ScenarioCloud {
  const accounts = makeAccounts(records);
  const principals = makePrincipals(records, systemClock);
  const owners = new Map<AccountId, CloudHttp>();
  const people = new Map<Ulid, CloudHttp>();
  const owner = (account: AccountId): CloudHttp => {
    const http = owners.get(account);
    if (http === undefined) throw new ScenarioMistake('the account is not of this story');
    return http;
  };
  const person = (principal: Ulid): CloudHttp => {
    const http = people.get(principal);
    if (http === undefined) throw new ScenarioMistake('the person is not of this story');
    return http;
  };

  return {
    accounts: {
      claim: accounts.claim,
      release: accounts.release,
      async open(name) {
        const opened = await accounts.open(name);
        owners.set(opened.account, openCloudHttp(url, opened.token));
        return opened;
      },
    },
    registry: makeDevices({ ...records, bus: { disconnect: () => {} } }),
    principals: {
      addAgency: principals.addAgency,
      verifyAgency: principals.verifyAgency,
      agencies: principals.agencies,
      async add(wanted) {
        const added = await principals.add(wanted);
        if (!added.ok) return added;
        people.set(added.principal.principal, openCloudHttp(url, added.token));
        return added;
      },
    },
    // Its own sweep finds what is due.
    plans: makePlans(records, policy, () => {}),
    account: {
      async close(account) {
        const answer = await owner(account).ask(nothing, 'DELETE', '/v1/account', {});
        return answer.ok;
      },
    },
    footage: makeRunningFootage(owner),
    desk: makeRunningDesk(owner, person),
    holds: makeRunningHolds(person),
  };
}

export const onlyHere = (step: string): string =>
  `${step} needs a cloud in this process, not a running one`;

/** Over HTTP a reviewer places holds for litigation that is foreseen, on doorbells; the law's own come with demands. */
function makeRunningHolds(person: (principal: Ulid) => CloudHttp): ScenarioHolds {
  const held = z.looseObject({ hold: ulidSchema });
  const by = (actor: string): CloudHttp => person(ulidSchema.parse(actor.split(':')[1]));
  return {
    async place({ kind, basis, scope, by: actor }) {
      const things = scope.subjects.flatMap((each) => (each.by === 'device' ? [each.thing] : []));
      if (kind !== 'litigation' || things.length < scope.subjects.length) {
        throw new ScenarioMistake(onlyHere('a hold that is not for litigation, or on accounts,'));
      }
      const from = isoTime(scope.from ?? epochMs(0));
      const to = isoTime(scope.to ?? endOfTime);
      const asked = { basis, things, from, to };
      const answer = await by(actor).ask(held, 'POST', '/v1/holds', asked);
      return answer.ok ? { ok: true, hold: answer.body } : refusal(answer);
    },
    async renew({ hold, request, by: actor }) {
      const where = `/v1/holds/${hold}/renewal`;
      const answer = await by(actor).ask(nothing, 'POST', where, { request });
      return answer.ok ? { ok: true } : refusal(answer);
    },
    async release({ hold, because, by: actor }) {
      const where = `/v1/holds/${hold}/release`;
      const answer = await by(actor).ask(nothing, 'POST', where, { because });
      return answer.ok ? { ok: true } : refusal(answer);
    },
  };
}

/** Of a hold's refusal the detail begins with the word. */
const refusal = ({ reason, detail }: { readonly reason: string; readonly detail: string }) =>
  ({ ok: false, because: reason === 'hold' ? (detail.split(':')[0] ?? '') : reason }) as const;

function makeRunningFootage(owner: (account: AccountId) => CloudHttp): ScenarioFootage {
  const at = ({ thing, clip }: ClipKey): string => `/v1/clips/${thing}/${clip}`;
  return {
    list: (account, { limit }) => owner(account).json(clipKeys, 'GET', `/v1/clips?limit=${limit}`),
    async find(account, key) {
      const answer = await owner(account).ask(z.looseObject({}), 'GET', at(key));
      return answer.ok ? answer.body : null;
    },
    async open(account, key) {
      const bytes = await owner(account).bytes(`${at(key)}/video`);
      if (bytes === null) return null;
      return {
        sizeBytes: bytes.length,
        async *read(from, to) {
          yield bytes.subarray(from, to);
        },
        close: async () => {},
      };
    },
    remove: async (account, key) => (await owner(account).ask(nothing, 'DELETE', at(key))).ok,
    async removeAll(account, { thing }) {
      const scope = thing === undefined ? {} : { thing };
      const { deleted } = await owner(account).json(
        z.looseObject({ deleted: z.int() }),
        'POST',
        '/v1/clips/deletions',
        { all: true, ...scope },
      );
      return deleted;
    },
  };
}
