import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { freePort } from '../../../tools/torture/free-port.ts';

const drawing = (...ports: readonly number[]) => {
  const left = [...ports];
  return () => left.shift() ?? expect.fail('nothing is left to draw');
};

test('a port is given to one who asks, though nobody listens on it yet', async () => {
  const [first, second] = [await freePort(), await freePort()];
  const third = await freePort();
  expect(new Set([first, second, third]).size).toBe(3);
  await expect(freePort(drawing(first, second))).rejects.toThrow('nothing is left to draw');
});

test('a port on which somebody listens is given to nobody', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await expect(freePort(drawing(port))).rejects.toThrow('nothing is left to draw');
});
