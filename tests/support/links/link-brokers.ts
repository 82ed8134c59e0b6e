/** Real brokers with mutual TLS for the link's contract: aedes (MQTT 3.1.1) and mosquitto (3.1.1 and 5). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { Aedes } from 'aedes';
import { freePort } from '../../../tools/torture/free-port.ts';
import { waitFor } from '../wait-for.ts';
import type { Pair, TestAuthority } from './link-certificates.ts';

export type RunningBroker = { readonly port: number; close(): Promise<void> };
export type StartBroker = (
  authority: TestAuthority,
  server: Pair,
  folder: string,
) => Promise<RunningBroker>;

/** Refuses to subscribe what begins with `forbidden/`. */
export const startAedes: StartBroker = async (authority, server) => {
  const broker = await Aedes.createBroker({
    authorizeSubscribe: (_client, subscription, done) =>
      done(null, subscription.topic.startsWith('forbidden/') ? null : subscription),
  });
  const listener = createServer(
    {
      cert: server.certificatePem,
      key: server.keyPem,
      ca: authority.authorityPem,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket) => {
      socket.on('error', () => socket.destroy());
      broker.handle(socket);
    },
  );
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    close: async () => {
      listener.close();
      await new Promise<void>((resolve) => broker.close(resolve));
    },
  };
};

export const startMosquitto =
  (binary: string): StartBroker =>
  async (authority, server, folder) => {
    const port = await freePort();
    const file = (name: string, text: string): string => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    const config = [
      `listener ${port} 127.0.0.1`,
      `cafile ${file('ca.pem', authority.authorityPem)}`,
      `certfile ${file('broker.pem', server.certificatePem)}`,
      `keyfile ${file('broker.key', server.keyPem)}`,
      'require_certificate true',
      'allow_anonymous true',
      `acl_file ${file('acl', 'pattern readwrite up/#\npattern readwrite dn/#\n')}`,
      // Not to lose the right to read the files above.
      ...(process.getuid?.() === 0 ? ['user root'] : []),
    ].join('\n');
    const child = spawn(binary, ['-c', file('mosquitto.conf', config)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = once(child, 'exit');
    let said = '';
    child.stderr.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
    await waitFor('mosquitto to listen', () => {
      if (child.exitCode !== null) throw new Error(`mosquitto ended: ${said}`);
      return answers(port);
    });
    return {
      port,
      close: async () => {
        child.kill('SIGTERM');
        await ended;
      },
    };
  };

const answers = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
