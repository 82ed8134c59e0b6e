import { describe } from 'vitest';
import { MqttjsLink } from '../../../device/peripherals/mqttjs-link.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import { type LinkContract, linkContract } from '../../contract/link.ts';
import { startAedes, startMosquitto } from '../../support/links/link-brokers.ts';
import { findProgram } from '../../support/requirement.ts';

const openLink: LinkContract['openLink'] = async (address) =>
  new MqttjsLink(new SystemClock(), address);

linkContract({
  name: 'MQTT.js to aedes (MQTT 3.1.1)',
  startBroker: startAedes,
  mqttVersion: 'auto',
  openLink,
});

const mosquitto = findProgram('mosquitto');
describe.skipIf(mosquitto === null)('with mosquitto', () => {
  for (const mqttVersion of [3, 5] as const) {
    linkContract({
      name: `MQTT.js to mosquitto (MQTT ${mqttVersion})`,
      startBroker: startMosquitto(mosquitto ?? ''),
      mqttVersion,
      openLink,
    });
  }
});
