/**
 * A real mosquitto that asks for client certificates and gives each doorbell its own topics, on a
 * loopback port.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pki } from '../../cloud-stub/backends/pki/pki.ts';
import { freePort } from './free-port.ts';
import { waitUntil } from './waiting.ts';

export type Mosquitto = {
  readonly url: string;
  readonly port: number;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Starts it again on the same port after `stop` or `kill`. */
  start(): Promise<void>;
  /** Ends it and removes its folder. */
  dispose(): Promise<void>;
  output(): string;
};

/**
 * The common name decides what a client may do; the cloud's is `service.cloud`, which no doorbell
 * can have.
 */
const accessRules = `user service.cloud
topic readwrite up/#
topic readwrite dn/#
topic read $SYS/#

pattern write up/%u/#
pattern read dn/%u/#
`;

/** Started by root it would give its rights away, and with them that to read these files. */
const remainsRoot = process.getuid?.() === 0 ? 'user root\n' : '';

const mosquittoConfig = (
  folder: string,
  port: number,
): string => `${remainsRoot}listener ${port} 127.0.0.1
cafile ${join(folder, 'ca.pem')}
certfile ${join(folder, 'certificate.pem')}
keyfile ${join(folder, 'key.pem')}
require_certificate true
use_identity_as_username true
use_username_as_clientid true
allow_anonymous false
acl_file ${join(folder, 'acl')}
persistence false
max_inflight_messages 1000
max_queued_messages 20000
set_tcp_nodelay true
log_type error
log_type warning
log_type notice
`;

/** `program` is mosquitto's path. */
export async function startMosquitto(
  program: string,
  pki: Pki,
  wanted: { readonly port?: number } = {},
): Promise<Mosquitto> {
  const folder = await mkdtemp(join(tmpdir(), 'mosquitto-'));
  const port = wanted.port ?? (await freePort());
  const identity = await pki.serverCertificate();
  await writeFile(join(folder, 'ca.pem'), identity.caPem);
  await writeFile(join(folder, 'certificate.pem'), identity.certificatePem);
  await writeFile(join(folder, 'key.pem'), identity.keyPem, { mode: 0o600 });
  await writeFile(join(folder, 'acl'), accessRules);
  await writeFile(join(folder, 'mosquitto.conf'), mosquittoConfig(folder, port));

  let child: ChildProcess | null = null;
  let output = '';
  const end = async (signal: NodeJS.Signals) => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = once(ending, 'exit');
    ending.kill(signal);
    await exited;
  };
  const start = async () => {
    // Two who killed it at about the same time both start it again.
    if (child !== null) return;
    const started = spawn(program, ['-c', join(folder, 'mosquitto.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child = started;
    const note = (bytes: Buffer) => {
      output += bytes.toString();
    };
    started.stdout.on('data', note);
    started.stderr.on('data', note);
    await waitUntil(`mosquitto to listen (${output})`, async () => {
      if (started.exitCode !== null) throw new Error(`mosquitto ended: ${output}`);
      return await accepts(port);
    });
  };
  await start();
  return {
    url: `mqtts://127.0.0.1:${port}`,
    port,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    start,
    async dispose() {
      await end('SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
    output: () => output,
  };
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1');
    const answer = (yes: boolean) => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}
