/** A simulated doorbell's way to a real broker: MQTT over TLS, by this machine's clock. */
import { connect, type MqttClient } from 'mqtt';
import { type Link, LinkError, type LinkSession } from '../../../device/board.ts';
import type { LinkAddress } from '../../../device/peripherals/link-address.ts';
import { MqttjsLink } from '../../../device/peripherals/mqttjs-link.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import type { Wire } from '../../simulation/wired-bus.ts';
import type { RunningTime } from './running-time.ts';

export function openRunningWire(
  address: LinkAddress,
  {
    noteTraffic,
    waitFor,
    beforeQuiet,
  }: Pick<RunningTime, 'noteTraffic' | 'waitFor' | 'beforeQuiet'>,
): Wire {
  let client: MqttClient | null = null;
  const real = new MqttjsLink(new SystemClock({}), address, (options) => {
    client = connect(options);
    return client;
  });
  beforeQuiet(() => (client?.connected === true ? roundTrip(client) : Promise.resolve()));
  let reachable = true;
  let deaf = false;
  let attempt = 0;
  let session: LinkSession | null = null;
  let waiting: (() => void)[] = [];

  const breakOff = (because: string | null): void => {
    const ended = session;
    session = null;
    void waitFor(real.close());
    if (ended !== null && because !== null) ended.onClosed(because);
  };

  const link: Link = {
    async open(told) {
      const own = ++attempt;
      while (!reachable) await new Promise<void>((resolve) => waiting.push(resolve));
      if (own !== attempt) throw new LinkError('given up');
      const opening = real.open({
        ...told,
        onMessage(topic, payload) {
          noteTraffic();
          if (!deaf) told.onMessage(topic, payload);
        },
        onClosed(because) {
          noteTraffic();
          session = null;
          told.onClosed(because);
        },
      });
      await waitFor(opening);
      session = told;
      noteTraffic();
    },
    async publish(topic, payload, qos) {
      noteTraffic();
      await waitFor(real.publish(topic, payload, qos));
      noteTraffic();
    },
    async close() {
      // Whoever still waits for the network waits no more.
      attempt++;
      session = null;
      await real.close();
    },
  };
  return {
    link,
    setReachable(next) {
      reachable = next;
      if (!next) breakOff('the network is gone');
      else for (const resolve of waiting.splice(0)) resolve();
    },
    setDeaf(next) {
      deaf = next;
    },
    drop() {
      attempt++;
      waiting = [];
      breakOff(null);
    },
  };
}

/** What the broker had sent before it answers has come. Resolves also where the connection ends instead. */
function roundTrip(client: MqttClient): Promise<void> {
  return new Promise((resolve) => {
    const heard = ({ cmd }: { readonly cmd: string }): void => {
      if (cmd === 'pingresp') done();
    };
    const done = (): void => {
      client.off('packetreceive', heard);
      client.off('close', done);
      resolve();
    };
    client.on('packetreceive', heard);
    client.on('close', done);
    client.sendPing();
  });
}
