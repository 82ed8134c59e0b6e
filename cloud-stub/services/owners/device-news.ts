/**
 * What follows when a doorbell comes, goes, or reports its settings: its owner is told, and it is told what is
 * wanted of it.
 */
import type { Logger } from 'pino';
import type { ThingName } from '../../../device/wire/ids.ts';
import { topics } from '../../../device/wire/topics.ts';
import type { Ports } from '../../ports.ts';
import type { Announcements } from './announcements.ts';
import { ownedDevice } from './owner-views.ts';

export type DeviceNews = {
  /** Tells the owner what the device is now. */
  announce(thing: ThingName): Promise<void>;
  /** [WIRE-5] Nothing waits in the broker for a device that was away. */
  greet(thing: ThingName): Promise<void>;
};

export function makeDeviceNews(
  { bus, catalogue }: Pick<Ports, 'bus' | 'catalogue'>,
  announcements: Announcements,
  log: Logger,
): DeviceNews {
  return {
    async announce(thing) {
      try {
        const row = await catalogue.read
          .selectFrom('devices')
          .selectAll('devices')
          .leftJoin('ownerships', (join) =>
            join
              .onRef('ownerships.thing', '=', 'devices.thing')
              .on('ownerships.untilAt', 'is', null),
          )
          .select(['ownerships.account', 'ownerships.fromAt'])
          .where('devices.thing', '=', thing)
          .executeTakeFirst();
        if (row === undefined) return;
        const device = ownedDevice(row, row.fromAt ?? row.enrolledAt);
        announcements.tell(row.account, { kind: 'device-changed', device });
      } catch (error) {
        log.error({ err: error, thing }, 'a change of a device could not be announced');
      }
    },
    async greet(thing) {
      try {
        const row = await catalogue.read
          .selectFrom('devices')
          .select('settingsWanted')
          .where('thing', '=', thing)
          .where('revokedAt', 'is', null)
          .executeTakeFirst();
        if (row === undefined || row.settingsWanted === null) return;
        await bus.publish(topics.settingsWanted(thing), Buffer.from(row.settingsWanted));
      } catch (error) {
        log.error({ err: error, thing }, 'settings could not be sent');
      }
    },
  };
}
