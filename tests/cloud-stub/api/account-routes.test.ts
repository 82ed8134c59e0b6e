import { describe, expect, it } from 'vitest';
import { accountArchive } from '../../../cloud-stub/api/account-archive.ts';
import type { OwnedClip } from '../../../cloud-stub/services/owners/owner-views.ts';
import { epochMs, minutes } from '../../../device/wire/time.ts';
import {
  ann,
  bob,
  door,
  injected,
  listening,
  someUlid,
} from '../../support/cloud/api-under-test.ts';
import { readArchive } from '../../support/cloud/archive-reader.ts';
import { ulidNumbered } from '../../support/cloud/clip-samples.ts';
import { openCloudWorld } from '../../support/cloud/cloud-world.ts';
import { ada } from '../../support/cloud/hold-office.ts';

const at = (minute: number) => epochMs(1_790_000_000_000 + minutes(minute));
const footage = Buffer.alloc(150_000, 'footage ');

type Injected = Awaited<ReturnType<typeof injected>>;
const addClips = (
  { cloud, owner }: Pick<Injected, 'cloud' | 'owner'>,
  count: number,
): OwnedClip[] =>
  Array.from({ length: count }, (_, n) =>
    cloud.addClip(owner, { thing: door, recordedAt: at(n) }, footage, Buffer.from('still')),
  );

describe('the account over HTTP', () => {
  it('shows the plan and the windows [RET-3]', async () => {
    const { server } = await injected();
    const answer = await server.inject({ url: '/v1/account', headers: ann });
    expect(answer.json()).toEqual({
      name: 'ann',
      openedAt: '2026-05-28T20:26:40.000Z',
      plan: { name: 'ring-2019', sinceAt: null, clipWindowMs: 60 * 86_400_000 },
      eventWindowMs: 60 * 86_400_000,
      accessWindowMs: 180 * 86_400_000,
      onDelete: 'preserve',
    });
  });

  it('is closed for good, and nobody signs in any more [DEL-5]', async () => {
    const { server } = await injected();
    const close = () => server.inject({ method: 'DELETE', url: '/v1/account', headers: ann });
    expect((await close()).statusCode).toBe(204);
    expect((await close()).statusCode).toBe(401);
  });

  it('notes who signed in, and from where [RET-10]', async () => {
    const { server, cloud } = await injected();
    const headers = { ...ann, 'user-agent': 'a browser' };
    await server.inject({ method: 'POST', url: '/v1/session', headers });
    expect(cloud.accessed).toEqual([
      { act: 'signed-in', origin: { address: '127.0.0.1', client: 'a browser' } },
    ]);
  });
});

describe('deleting several clips [DEL-1]', () => {
  const remove = ({ server }: Injected, payload: object, headers = ann) =>
    server.inject({ method: 'POST', url: '/v1/clips/deletions', headers, payload });

  it('counts what was hidden: what is foreign, gone or unknown counts for nothing', async () => {
    const world = await injected();
    const [first, second] = addClips(world, 2).map(({ thing, clip }) => ({ thing, clip }));
    const clips = [first, second, first, { thing: door, clip: someUlid }];
    expect((await remove(world, { clips }, bob)).json()).toEqual({ deleted: 0 });
    expect((await remove(world, { clips })).json()).toEqual({ deleted: 2 });
    expect((await remove(world, { clips })).json()).toEqual({ deleted: 0 });
  });

  it.each([
    [{ all: true }, 5],
    [{ all: true, thing: 'elsewhere' }, 0],
    [{ all: true, from: new Date(at(1)).toISOString(), to: new Date(at(3)).toISOString() }, 2],
  ])('%j', async (payload, deleted) => {
    const world = await injected();
    addClips(world, 5);
    expect((await remove(world, payload)).json()).toEqual({ deleted });
  });

  it.each([
    ['nothing', {}],
    ['no clips', { clips: [] }],
    ['more than a page', { clips: Array(201).fill({ thing: door, clip: someUlid }) }],
    ['all, but not quite', { all: 'yes' }],
    ['both', { all: true, clips: [{ thing: door, clip: someUlid }] }],
    ['a clip without its doorbell', { clips: [{ clip: someUlid }] }],
  ])('refuses %s, and deletes nothing', async (_title, payload) => {
    const world = await injected();
    addClips(world, 1);
    expect((await remove(world, payload)).statusCode).toBe(400);
    expect((await remove(world, { all: true })).json()).toEqual({ deleted: 1 });
  });
});

describe('taking everything along', () => {
  it('gives an archive of all that the owner can see, byte for byte', async () => {
    const world = await injected();
    const [clip] = addClips(world, 1);
    world.cloud.addEvent(world.owner, { thing: door, kind: 'ding', at: at(0) });
    const answer = await world.server.inject({ url: '/v1/account/data', headers: ann });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-tar');
    const files = await readArchive(answer.rawPayload);
    const name = `clips/front-door_2026-09-21_14-13-20Z_motion_${clip?.clip}`;
    expect([...files.keys()]).toEqual([
      'README.txt',
      'account.json',
      'devices.json',
      `${name}.json`,
      `${name}.mp4`,
      `${name}_${clip?.stills[0]}.jpg`,
      'events/00001.json',
    ]);
    expect(files.get(`${name}.mp4`)).toEqual(footage);
    expect(JSON.parse(String(files.get(`${name}.json`)))).toMatchObject({ clip: clip?.clip });
    expect(JSON.parse(String(files.get('events/00001.json')))).toHaveLength(1);
    expect(world.cloud.accessed.map(({ act }) => act)).toEqual(['data-taken']);
    expect(world.cloud.opened).toBe(0);
  });

  it('names what only the owner can read for what it is [EXP-5]', async () => {
    const world = await injected();
    const e2ee = { recipients: [{ recipient: 'a'.repeat(16), algorithm: 'x', wrapped: 'w' }] };
    const made = { thing: door, recordedAt: at(0), e2ee };
    const clip = world.cloud.addClip(world.owner, made, footage, Buffer.from('sealed'));
    const { rawPayload } = await world.server.inject({ url: '/v1/account/data', headers: ann });
    const files = await readArchive(rawPayload);
    const name = [...files.keys()].find((path) => path.endsWith('.enc'))?.slice(0, -4);
    expect(files.get(`${name}.enc`)).toEqual(footage);
    expect(files.get(`${name}_${clip.stills[0]}.enc`)).toEqual(Buffer.from('sealed'));
    expect(JSON.parse(String(files.get(`${name}.json`)))).toMatchObject({ e2ee });
  });

  it('is cut off, not ended, when a clip in it is deleted meanwhile [DEL-4]', async () => {
    const world = await listening();
    const large = Buffer.alloc(48 * 1024 * 1024, 'more than any socket takes ahead ');
    const clip = world.cloud.addClip(world.owner, { thing: door, recordedAt: at(0) }, large);
    const answer = await fetch(`${world.url}/v1/account/data`, { headers: ann });
    const reader = answer.body?.getReader();
    await reader?.read();
    await world.cloud.footage.remove(world.owner, clip);
    const rest = async (): Promise<void> => {
      while (!(await reader?.read())?.done);
    };
    const ended = await rest().then(
      () => true,
      () => false,
    );
    expect(ended).toBe(false);
  });

  it('differs in nothing between a world with holds and one without [DEL-4]', async () => {
    const archives = [];
    for (const isHeld of [false, true]) {
      const world = await openCloudWorld();
      const porch = await world.device('porch');
      for (const n of [0, 1, 2]) {
        porch.clip(ulidNumbered(n), { seq: n, startedAt: world.clock.now() }).sendAll();
        await world.pass(minutes(1));
      }
      if (isHeld) {
        const scope = {
          subjects: [{ by: 'device' as const, thing: porch.thing }],
          from: null,
          to: null,
        };
        const hold = ulidNumbered(5000);
        const placed = await world.cloud.holds.place({
          hold,
          kind: 'court-order',
          basis: hold,
          scope,
          by: `reviewer:${ada}`,
        });
        expect(placed).toMatchObject({ ok: true });
      }
      await world.cloud.footage.remove(world.owner, {
        thing: porch.thing,
        clip: ulidNumbered(1),
      });
      const parts: Uint8Array[] = [];
      for await (const part of accountArchive(world.cloud, world.owner, world.clock.now())) {
        parts.push(part);
      }
      const files = await readArchive(Buffer.concat(parts));
      expect([...files.keys()].filter((path) => path.endsWith('.mp4'))).toHaveLength(2);
      files.forEach((bytes, path) => {
        if (path === 'access/00001.json') expect(JSON.parse(String(bytes))).toHaveLength(2);
      });
      archives.push(Buffer.concat(parts).toString('latin1'));
    }
    // Who is who is drawn at random for each world, and told to nobody else.
    const [without, held] = archives;
    expect(held === without).toBe(true);
  });
});
