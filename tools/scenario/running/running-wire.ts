/** A simulated doorbell's way to a real broker: MQTT over TLS, by this machine's clock. */
import { type Link, LinkError, type LinkSession } from '../../../device/board.ts';
import type { LinkAddress } from '../../../device/peripherals/link-address.ts';
import { MqttjsLink } from '../../../device/peripherals/mqttjs-link.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import type { Wire } from '../../simulation/wired-bus.ts';
import type { RunningTime } from './running-time.ts';

export function openRunningWire(
  address: LinkAddress,
  { noteTraffic, waitFor }: Pick<RunningTime, 'noteTraffic' | 'waitFor'>,
): Wire {
  const real = new MqttjsLink(new SystemClock({}), address);
  let reachable = true;
  let deaf = false;
  let attempt = 0;
  let session: LinkSession | null = null;
  let waiting: (() => void)[] = [];

  const breakOff = (because: string | null): void => {
    const ended = session;
    session = null;
    void real.close();
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
