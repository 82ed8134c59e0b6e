/**
 * MQTT.js alone: `publisher-process.ts BROKER-URL IDENTITY-FOLDER THING`. Each message from its parent is a list of
 * payload lengths; it publishes as many bytes of footage at QoS 1 and says how long that took.
 */
import { connectAsync } from 'mqtt';
import { z } from 'zod';
import { cryptoEntropy } from '../../device/peripherals/crypto-entropy.ts';
import { readIdentity } from '../../device/peripherals/identity-folder.ts';
import { parseBrokerUrl, tlsOptions } from '../../device/peripherals/link-address.ts';
import { makeUlid, type ThingName } from '../../device/wire/ids.ts';
import { epochMs } from '../../device/wire/time.ts';
import { topics } from '../../device/wire/topics.ts';
import { footageBytes } from './footage-bytes.ts';
import { monotonicMs } from './monotonic.ts';

/** As many as the cloud gives credit for under the open profile. */
const inFlightMax = 64;
const jobSchema = z.object({ lengths: z.array(z.int()), inFlightMax: z.int().optional() });

const [url, folder, thing] = process.argv.slice(2);
if (url === undefined || folder === undefined || thing === undefined) {
  throw new Error('three arguments expected');
}
const address = parseBrokerUrl(url, await readIdentity(folder), 3);
const client = await connectAsync({
  ...tlsOptions(address),
  protocol: 'mqtts',
  host: address.host,
  port: address.port,
  clientId: thing,
  protocolVersion: 4,
  reconnectPeriod: 0,
});
if ('setNoDelay' in client.stream && typeof client.stream.setNoDelay === 'function') {
  client.stream.setNoDelay(true);
}
const clip = makeUlid(epochMs(Date.now()), (count) => cryptoEntropy.bytes(count));

// In good order, so that a profile is written when one was asked for.
process.on('SIGTERM', () => process.exit(0));
process.on('message', (message) => {
  const job = jobSchema.parse(message);
  void publish(job.lengths, job.inFlightMax ?? inFlightMax);
});
process.send?.({ kind: 'connected' });

async function publish(lengths: readonly number[], abreast: number): Promise<void> {
  const payloads = footageBytes(lengths);
  const queue = [...payloads.entries()];
  const eachMs: number[] = [];
  const beganMs = monotonicMs();
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const [index, payload] = next;
      const sentMs = monotonicMs();
      const topic = topics.chunk(thing as ThingName, clip, index, '00000000');
      await client.publishAsync(topic, payload, { qos: 1 });
      eachMs.push(monotonicMs() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: Math.min(abreast, lengths.length) }, lane));
  process.send?.({ kind: 'published', tookMs: monotonicMs() - beganMs, eachMs });
}
