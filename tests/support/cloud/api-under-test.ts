/** The HTTP API on a fake cloud, ready for requests. */
import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import type { ApiServer } from '../../../cloud-stub/api/api-context.ts';
import { type ApiOptions, apiServer, openApi } from '../../../cloud-stub/api/server.ts';
import { systemClock } from '../../../cloud-stub/backends/system-clock.ts';
import type { AccountId } from '../../../cloud-stub/catalogue-tables.ts';
import type { ThingName, Ulid } from '../../../device/wire/ids.ts';
import { FakeOwnerCloud } from './fake-owner-cloud.ts';

export const apiOptions = (rest: Partial<ApiOptions> = {}): ApiOptions => ({
  clock: systemClock,
  entropy: { bytes: (count) => randomBytes(count) },
  log: pino({ level: 'silent' }),
  version: '0.0.0-test',
  port: 0,
  ...rest,
});

export const door = 'front-door' as ThingName;
export const someUlid = '01ARZ3NDEKTSV4RRFFQ69G5FAV' as Ulid;
export const ann = { authorization: 'Bearer token-of-ann' };
export const bob = { authorization: 'Bearer token-of-bob' };

export type World = { readonly cloud: FakeOwnerCloud; readonly owner: AccountId };

/** Ann owns `front-door`; Bob owns `back-door`. */
export function world(): World {
  const cloud = new FakeOwnerCloud();
  const owner = cloud.addAccount('token-of-ann');
  const other = cloud.addAccount('token-of-bob');
  cloud.addDevice(owner, door);
  cloud.addDevice(other, 'back-door');
  return { cloud, owner };
}

/** For requests that are injected. */
export async function injected(
  rest: Partial<ApiOptions> = {},
): Promise<World & { readonly server: ApiServer }> {
  const made = world();
  const { server } = await apiServer(made.cloud, apiOptions(rest));
  onTestFinished(async () => void (await server.close()));
  return { ...made, server };
}

/** On a port of its own, for what only a socket shows. */
export async function listening(rest: Partial<ApiOptions> = {}) {
  const made = world();
  const api = await openApi(made.cloud, apiOptions(rest));
  let isClosed = false;
  const close = async (): Promise<void> => {
    if (!isClosed) await api.close();
    isClosed = true;
  };
  onTestFinished(close);
  return { ...made, url: api.url, close };
}

/** What a stream has said so far, as text of one character a byte. */
export function reading(response: Response): { text(): string; readonly ended: Promise<void> } {
  let text = '';
  const read = async (): Promise<void> => {
    for await (const piece of response.body ?? []) text += Buffer.from(piece).toString('latin1');
  };
  const ended = read();
  // Who does not wait for its end does not care how it ends.
  ended.catch(() => {});
  return { text: () => text, ended };
}
