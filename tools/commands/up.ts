/** `doorbell up`: a cloud and one doorbell in this process, told as it happens. What `npm start` runs. */
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { writeIdentity } from '../../cloud-stub/backends/pki/identity.ts';
import type { VirtualClock } from '../../cloud-stub/backends/virtual-clock.ts';
import type { AccountId } from '../../cloud-stub/catalogue-tables.ts';
import type { HostCloud } from '../../cloud-stub/host-cloud.ts';
import { type Config, readConfig } from '../../device/config.ts';
import type { FirmwareEnd } from '../../device/firmware.ts';
import { createLog } from '../../device/log.ts';
import { type RunningDoorbell, runDoorbell } from '../../device/main.ts';
import type { ThingName } from '../../device/wire/ids.ts';
import { type EpochMs, hours, later, milliseconds } from '../../device/wire/time.ts';
import { instantText, portNumber, thingName } from './arguments.ts';
import { writeContact } from './client.ts';
import { startOwnedCloud } from './cloud.ts';
import { orSentence } from './device.ts';
import { CommandFailure } from './failure.ts';
import { Account } from './live-account.ts';
import { type Places, placesOf } from './places.ts';
import { demoFootage } from './scene.ts';
import { stopSignal } from './stopping.ts';
import { warnOfUnknownVariables } from './unknown-variables.ts';
import { version } from './version.ts';

type UpOptions = {
  readonly footage: string;
  readonly thing: string;
  readonly port: number;
  readonly brokerPort: number;
  readonly link: string;
  readonly data?: string;
  readonly virtualClock?: boolean;
  readonly at?: string;
  readonly json?: boolean;
};

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description('run a cloud and one doorbell, and tell what happens')
    .option(
      '--footage <source>',
      'what the doorbell sees: a file, a folder of pictures, a URL, v4l2:, lavfi:',
      demoFootage,
    )
    .option('--thing <name>', "the doorbell's name", 'front-door')
    .option('--port <port>', 'of the page and the API', portNumber, 8080)
    .option('--broker-port <port>', 'of the MQTT broker', portNumber, 8883)
    .option('--link <kind>', 'mqttjs or aws-crt', 'mqttjs')
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option('--virtual-clock', 'time stands still until moved by "doorbell clock advance"')
    .option('--at <time>', 'when the virtual clock begins (RFC 3339)', instantText)
    .option('--json', 'tell as JSON lines')
    .action(async (options: UpOptions) => {
      const end = await up({ ...options, thing: thingName(options.thing) });
      if (end.kind === 'failed') throw end.error;
      process.exit(0); // the AWS SDK keeps a process alive after everything is closed
    });
}

async function up(options: UpOptions & { readonly thing: ThingName }): Promise<FirmwareEnd> {
  const stop = stopSignal();
  warnOfUnknownVariables();
  const places = placesOf(options.data);
  mkdirSync(places.log, { recursive: true, mode: 0o700 });
  const doorbell: { running: RunningDoorbell | null } = { running: null };
  const {
    host,
    account: owner,
    token,
  } = await startOwnedCloud(
    {
      data: places.data,
      'api-port': String(options.port),
      'broker-port': String(options.brokerPort),
      'broker-host': '127.0.0.1',
      ...(options.virtualClock === true ? { 'virtual-clock': 'true' } : {}),
      ...(options.at === undefined ? {} : { at: options.at }),
    },
    { name: 'demo', data: places.data },
    {
      logFile: path.join(places.log, 'cloud.log'),
      press: () => press(doorbell.running),
    },
  );
  try {
    await prepare(host, { ...options, owner, token }, places);
    const config = await orSentence(async () => configOf(options, places, host));
    const wallClock = host.virtualClock === null ? undefined : setByCloud(host.virtualClock);
    const account = new Account(options.json === true, wallClock);
    return await orSentence(() =>
      runDoorbell({
        config,
        log: createLog(config),
        stop,
        ...(wallClock === undefined ? {} : { wallClock }),
        onBoot: (running) => {
          const isFirst = doorbell.running === null;
          doorbell.running = running;
          if (isFirst) {
            account.head({
              version,
              page: `${host.apiUrl}/#token=${token}`,
              thing: options.thing,
              footage: running.host.footage,
              ffmpeg: running.host.ffmpeg,
              data: places.data,
            });
          }
          account.follow(running.firmware);
          stop.addEventListener('abort', () => account.stopping(), { once: true });
        },
      }),
    ).finally(() => account.end());
  } finally {
    await host.stop();
  }
}

/**
 * A doorbell records in real time, whatever the cloud's clock does: its own runs on, and is set by the cloud's each
 * time that is moved, as by a time server.
 */
function setByCloud(cloud: VirtualClock): () => EpochMs {
  let setAt = cloud.now();
  let sinceMs = performance.now();
  cloud.onMove(() => {
    setAt = cloud.now();
    sinceMs = performance.now();
  });
  return () => later(setAt, milliseconds(Math.round(performance.now() - sinceMs)));
}

type Prepared = { readonly thing: ThingName; readonly owner: AccountId; readonly token: string };

/** The doorbell's identity, its owner, and word for the other commands. */
async function prepare(
  host: HostCloud,
  { thing, owner, token }: Prepared,
  places: Places,
): Promise<void> {
  const { cloud, pki } = host;
  if (!existsSync(path.join(places.identity(thing), 'certificate.pem'))) {
    await writeIdentity(places.identity(thing), await pki.issueDevice(thing));
  }
  const certificate = await pki.deviceCertificate(thing);
  if (certificate === null) {
    throw new CommandFailure(
      `the certificate of ${thing} in ${places.identity(thing)} is revoked or another authority's: ` +
        'remove that folder for a new one',
      2,
    );
  }
  await cloud.registry.enrol(thing, certificate);
  const owned = await cloud.devices.find(owner, thing);
  if (owned === null) {
    await cloud.accounts.claim(owner, thing);
    // While time stands still, what is recorded is dated back by as long as it took to arrive: to before the claim.
    await host.virtualClock?.advance(hours(1));
  }
  writeContact(places.contact, { url: host.apiUrl, token });
}

function configOf(
  options: UpOptions & { readonly thing: ThingName },
  places: Places,
  host: HostCloud,
): Config {
  return readConfig({
    file: null,
    environment: process.env,
    flags: {
      thing: options.thing,
      source: options.footage,
      broker: `mqtts://127.0.0.1:${host.brokerPort}`,
      link: options.link,
      identity: places.identity(options.thing),
      flash: path.join(places.device(options.thing), 'flash'),
      panelPort: 0,
      logFile: path.join(places.log, `${options.thing}.log`),
      // The demo's visitors follow each other closely: a short post-roll gives each a clip of their own.
      ...(options.footage === demoFootage ? { 'clip.postRollMs': 2000 } : {}),
    },
  });
}

async function press(doorbell: RunningDoorbell | null): Promise<void> {
  if (doorbell === null || doorbell.panelUrl === null)
    throw new Error('the doorbell is not up yet');
  const response = await fetch(`${doorbell.panelUrl}/press`, { method: 'POST' });
  if (!response.ok) throw new Error(`the panel answered ${response.status}`);
}
