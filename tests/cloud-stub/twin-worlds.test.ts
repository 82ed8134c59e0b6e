import fc from 'fast-check';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { apiServer } from '../../cloud-stub/api/server.ts';
import type { ClipRow } from '../../cloud-stub/catalogue-tables.ts';
import { type HoldKind, holdKinds } from '../../cloud-stub/custody/holds-policy.ts';
import type { Policy } from '../../cloud-stub/custody/policy.ts';
import { privacyFirst } from '../../cloud-stub/custody/profiles/privacy-first.ts';
import { ring2019 } from '../../cloud-stub/custody/profiles/ring-2019.ts';
import type { Happening } from '../../cloud-stub/services/owners/announcements.ts';
import {
  days,
  hours,
  later,
  milliseconds,
  minutes,
  seconds,
  uptimeMs,
} from '../../device/wire/time.ts';
import { seededEntropy, thingNamed, ulidNumbered } from '../support/cloud/clip-samples.ts';
import { type CloudWorld, openCloudWorld } from '../support/cloud/cloud-world.ts';
import type { FakeClip, FakeDevice } from '../support/cloud/fake-device.ts';
import { ada, bea, holdNumbered } from '../support/cloud/hold-office.ts';

/** What the owner and the doorbell do: the same in both worlds. */
type OpenDeed =
  | { readonly do: 'upload' | 'begin' | 'finish' | 'resend' | 'delete'; readonly clip: number }
  | { readonly do: 'ring' | 'mark-silent' }
  | { readonly do: 'pass'; readonly ms: number };
/** What the desk does: in one world only. */
type SecretDeed =
  | { readonly do: 'hold'; readonly hold: number; readonly kind: HoldKind; readonly days: number }
  | { readonly do: 'renew' | 'release' | 'lease' | 'end-lease'; readonly hold: number };
type Deed = OpenDeed | SecretDeed;

const clipCount = 4;
const longAgo = [0, days(2), days(58), days(61)];

/** One of the two worlds: the same doorbell, owner and API. */
async function openTwin(policy: Policy) {
  const world = await openCloudWorld({ policy });
  const porch = await world.device('porch');
  // It has been the owner's for long, so that footage that comes late is too.
  await world.ports.catalogue.write((tx) =>
    tx
      .updateTable('ownerships')
      .set({ fromAt: later(world.clock.now(), milliseconds(-days(400))) })
      .execute(),
  );
  const { server } = await apiServer(world.cloud, {
    clock: world.clock,
    entropy: seededEntropy('api'),
    log: pino({ level: 'silent' }),
    version: 'test',
    port: 0,
  });
  onTestFinished(async () => void (await server.close()));
  const heard: Happening[] = [];
  world.cloud.happenings.follow(world.owner, (happening) => heard.push(happening));
  world.bus.presence(porch.thing, true);
  await world.pass(1000);
  const clips = new Map<number, FakeClip>();
  return { world, porch, server, heard, clips };
}
type Twin = Awaited<ReturnType<typeof openTwin>>;

const clipOf = ({ world, porch, clips }: Twin, n: number): FakeClip => {
  const known = clips.get(n);
  if (known !== undefined) return known;
  const made = recorded(world, porch, n, longAgo[n % longAgo.length] ?? 0);
  clips.set(n, made);
  return made;
};

function recorded(world: CloudWorld, device: FakeDevice, n: number, ago: number): FakeClip {
  const uptimeNowMs = uptimeMs(days(400));
  return device.clip(ulidNumbered(n), {
    seq: n,
    startedAt: later(world.clock.now(), milliseconds(-ago)),
    clock: {
      uptimeAtStartMs: uptimeMs(uptimeNowMs - ago),
      uptimeNowMs,
      syncedAtUptimeMs: uptimeMs(0),
    },
  });
}

/** Returns what the owner was answered, where it asked. */
async function act(twin: Twin, deed: OpenDeed): Promise<unknown> {
  const { world, porch } = twin;
  switch (deed.do) {
    case 'upload':
      clipOf(twin, deed.clip).sendAll();
      break;
    case 'begin': {
      const clip = clipOf(twin, deed.clip);
      clip.init();
      clip.sendChunks(0, 3);
      clip.mark(2);
      break;
    }
    case 'finish': {
      const clip = clipOf(twin, deed.clip);
      clip.init();
      clip.sendChunks(3);
      clip.final();
      break;
    }
    case 'resend': {
      const clip = clipOf(twin, deed.clip);
      clip.init();
      clip.sendChunks(0, 2);
      break;
    }
    case 'ring':
      porch.event(ringCount(twin), ulidNumbered(900 + ringCount(twin)), world.clock.now());
      break;
    case 'mark-silent':
      world.bus.presence(porch.thing, false);
      await world.pass(minutes(2));
      world.bus.presence(porch.thing, true);
      break;
    case 'delete': {
      const answer = await ask(twin, 'DELETE', `/v1/clips/porch/${ulidNumbered(deed.clip)}`);
      await world.pass(1000);
      return answer;
    }
    case 'pass':
      await world.pass(deed.ms);
      break;
  }
  await world.pass(1000);
  return null;
}

const rung = new WeakMap<Twin, number>();
function ringCount(twin: Twin): number {
  const count = rung.get(twin) ?? 0;
  rung.set(twin, count + 1);
  return Math.floor(count / 2);
}

async function actInSecret({ world }: Twin, deed: SecretDeed): Promise<void> {
  const { holds, leases } = world.cloud;
  const hold = holdNumbered(deed.hold);
  switch (deed.do) {
    case 'hold': {
      const subjects =
        deed.hold % 2 === 0
          ? [{ by: 'device', thing: thingNamed('porch') } as const]
          : [{ by: 'account', account: world.owner } as const];
      const from = later(world.clock.now(), milliseconds(-days(deed.days)));
      const scope = { subjects, from, to: null };
      const by = `reviewer:${ada}`;
      await holds.place({ hold, kind: deed.kind, basis: ulidNumbered(7000), scope, by });
      break;
    }
    case 'renew':
      await holds.renew({ hold, request: 'ab'.repeat(32), by: `reviewer:${ada}` });
      break;
    case 'release':
      for (const by of [`reviewer:${ada}`, `approver:${bea}`]) {
        await holds.release({ hold, because: 'released', by });
      }
      break;
    case 'lease':
      await world.ports.catalogue.write(async (tx) => {
        const rows: ClipRow[] = await tx.selectFrom('clips').selectAll().execute();
        const stored = rows.filter(({ possession }) => possession === 'stored');
        await leases.take(tx, hold, ulidNumbered(7000), stored);
      });
      break;
    case 'end-lease':
      await world.ports.catalogue.write((tx) => leases.end(tx, hold));
      break;
  }
}

async function ask({ world, server }: Twin, method: 'GET' | 'DELETE' | 'HEAD', url: string) {
  const response = await server.inject({
    method,
    url,
    headers: { authorization: `Bearer ${world.token}` },
  });
  // What is drawn anew for each answer, whatever it says.
  const { date: _date, 'x-request-id': _id, ...headers } = response.headers;
  return {
    url,
    status: response.statusCode,
    headers,
    body: response.rawPayload.toString('latin1'),
  };
}

/** Every answer the owner can have, and all that went to the doorbell and the owner's live stream. */
async function seen(twin: Twin): Promise<unknown> {
  const { world, heard } = twin;
  const answers: Awaited<ReturnType<typeof ask>>[] = [];
  let next: string | null = '/v1/clips?limit=1';
  while (next !== null) {
    const page = await ask(twin, 'GET', next);
    answers.push(page);
    const cursor: string | null = JSON.parse(page.body).next ?? null;
    next = cursor === null ? null : `/v1/clips?limit=1&cursor=${cursor}`;
  }
  for (let n = 0; n <= clipCount; n++) {
    const url = `/v1/clips/porch/${ulidNumbered(n)}`;
    const clip = await ask(twin, 'GET', url);
    answers.push(clip, await ask(twin, 'HEAD', `${url}/video`));
    // The video of one that arrives goes on until it has arrived.
    if (clip.status === 200 && JSON.parse(clip.body).state === 'arriving') continue;
    answers.push(await ask(twin, 'GET', `${url}/video`));
    answers.push(await ask(twin, 'GET', `${url}/stills/${ulidNumbered(1)}`));
  }
  for (const url of ['/v1/devices', '/v1/events?limit=50', '/v1/me', '/v1/notices']) {
    answers.push(await ask(twin, 'GET', url));
  }
  const sent = world.bus.sent.map(
    ({ topic, payload }) => `${topic} ${Buffer.from(payload).toString('latin1')}`,
  );
  return { answers, sent, heard };
}

const clipNumber = fc.integer({ min: 0, max: clipCount - 1 });
const openDeed: fc.Arbitrary<OpenDeed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('upload', 'begin', 'finish', 'resend', 'delete'),
      clip: clipNumber,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('ring', 'mark-silent') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('pass'),
      ms: fc.constantFrom(seconds(30), hours(25), days(31)),
    }),
  },
);
const secretDeed: fc.Arbitrary<SecretDeed> = fc.oneof(
  fc.record({
    do: fc.constant('hold'),
    hold: fc.integer({ min: 1, max: 4 }),
    kind: fc.constantFrom(...holdKinds),
    days: fc.constantFrom(1, 40, 90),
  }),
  fc.record({
    do: fc.constantFrom('renew', 'release', 'lease', 'end-lease'),
    hold: fc.integer({ min: 1, max: 4 }),
  }),
);
const isSecret = (deed: Deed): deed is SecretDeed =>
  ['hold', 'renew', 'release', 'lease', 'end-lease'].includes(deed.do);

async function liveBoth(policy: Policy, deeds: readonly Deed[]): Promise<{ held: number }> {
  const plain = await openTwin(policy);
  const held = await openTwin(policy);
  for (const deed of deeds) {
    if (isSecret(deed)) await actInSecret(held, deed);
    else expect(await act(held, deed)).toEqual(await act(plain, deed));
    expect(await seen(held)).toEqual(await seen(plain));
  }
  const attached = await held.world.ports.catalogue.read
    .selectFrom('holdAttachments')
    .selectAll()
    .execute();
  await plain.world.cloud.stop();
  await held.world.cloud.stop();
  return { held: attached.length };
}

const hold: SecretDeed = { do: 'hold', hold: 2, kind: 'court-order', days: 90 };
const scripts: readonly (readonly [string, readonly Deed[]])[] = [
  [
    'deletes what is held, and looks for it again',
    [{ do: 'upload', clip: 0 }, hold, { do: 'delete', clip: 0 }, { do: 'delete', clip: 0 }],
  ],
  [
    'deletes what is held while it arrives, and sends it again',
    [
      { do: 'begin', clip: 0 },
      hold,
      { do: 'delete', clip: 0 },
      { do: 'finish', clip: 0 },
      { do: 'upload', clip: 0 },
    ],
  ],
  [
    'waits until the window of what is held has ended, and sends it again',
    [{ do: 'upload', clip: 0 }, hold, { do: 'pass', ms: days(62) }, { do: 'upload', clip: 0 }],
  ],
  [
    'sends what is past its window, which a hold keeps',
    [hold, { do: 'upload', clip: 3 }, { do: 'resend', clip: 3 }, { do: 'pass', ms: days(31) }],
  ],
];

for (const policy of [ring2019, privacyFirst]) {
  test.each(scripts)(
    `an owner under ${policy.name} sees and hears the same with holds and without: %s [DEL-1, DEL-4] I9`,
    async (_title, deeds) => {
      expect((await liveBoth(policy, deeds)).held).toBeGreaterThan(0);
    },
  );
}

test('no answer, count, error or message tells a world with holds from one without [DEL-4] I9', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(ring2019, privacyFirst),
      fc.array(fc.oneof({ weight: 3, arbitrary: openDeed }, { weight: 1, arbitrary: secretDeed }), {
        minLength: 4,
        maxLength: 9,
      }),
      async (policy, deeds) => {
        await liveBoth(policy, deeds);
      },
    ),
    { numRuns: 5 },
  );
});
