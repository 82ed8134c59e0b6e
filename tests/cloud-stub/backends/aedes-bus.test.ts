import { awsProfile, openProfile } from '../../../cloud-stub/backends/broker/aws-profile.ts';
import { busContract } from '../../contract/bus.ts';
import { runBroker } from '../../support/links/running-broker.ts';

for (const profile of [openProfile, awsProfile]) {
  busContract(`the embedded broker with the ${profile.name} profile`, async () => {
    const { bus, connect } = await runBroker({ profile });
    return { bus, connect, knowsSender: true, knowsPresence: true };
  });
}
