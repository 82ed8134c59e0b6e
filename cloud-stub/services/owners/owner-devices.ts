/** An owner's doorbells: the list, what they are asked to do, their settings and live pictures. */
import { encode } from '../../../device/wire/codec.ts';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { SettingsMessage } from '../../../device/wire/messages.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import { topics } from '../../../device/wire/topics.ts';
import type { AccountId, DeviceRow } from '../../catalogue-tables.ts';
import type { Ports } from '../../ports.ts';
import type { CommandOutcome, Commands } from '../devices/commands.ts';
import type { PresenceWatch } from '../devices/presence.ts';
import { serviceLimits } from '../service-limits.ts';
import type { Following } from './announcements.ts';
import type { LiveView } from './live-view.ts';
import { type OwnedDevice, ownedDevice } from './owner-views.ts';

/** Someone else's device and one that does not exist give the same answer: null. */
export type OwnerDevices = {
  /** The devices this account owns now, by name. */
  list(account: AccountId): Promise<readonly OwnedDevice[]>;
  find(account: AccountId, thing: ThingName): Promise<OwnedDevice | null>;
  /**
   * Remembers the settings and sends them whenever the device connects; it checks them and reports what is in force.
   */
  wantSettings(
    account: AccountId,
    thing: ThingName,
    settings: SettingsMessage,
  ): Promise<CommandOutcome | null>;
  /** Asks the device for a snapshot; what it makes arrives as a clip's still. */
  snapshot(account: AccountId, thing: ThingName): Promise<CommandOutcome | null>;
  reboot(account: AccountId, thing: ThingName): Promise<CommandOutcome | null>;
  /**
   * Live pictures (JPEG), until cancelled. The device is asked to send while at least one viewer watches, and asked
   * again as the request runs out.
   */
  watch(
    account: AccountId,
    thing: ThingName,
    onFrame: (jpeg: Uint8Array) => void,
  ): Promise<Following | null>;
};

export function makeOwnerDevices(
  ports: Pick<Ports, 'bus' | 'catalogue'>,
  commands: Commands,
  liveView: LiveView,
  presence: Pick<PresenceWatch, 'connected'>,
): OwnerDevices {
  const { bus, catalogue } = ports;

  const owned = (account: AccountId) =>
    catalogue.read
      .selectFrom('devices')
      .innerJoin('ownerships', 'ownerships.thing', 'devices.thing')
      .selectAll('devices')
      .select('ownerships.fromAt')
      .where('ownerships.account', '=', account)
      .where('ownerships.untilAt', 'is', null);

  const find = (account: AccountId, thing: ThingName) =>
    owned(account).where('devices.thing', '=', thing).executeTakeFirst();

  const view = (row: DeviceRow & { fromAt: EpochMs }): OwnedDevice => ownedDevice(row, row.fromAt);

  return {
    async list(account) {
      return (await owned(account).orderBy('devices.thing').execute()).map(view);
    },
    async find(account, thing) {
      const row = await find(account, thing);
      return row === undefined ? null : view(row);
    },
    async wantSettings(account, thing, settings) {
      if ((await find(account, thing)) === undefined) return null;
      const payload = encode(settings);
      if (payload.length > serviceLimits.settingsBytesMax) {
        return { ok: false, because: 'refused', detail: 'the settings are too large' };
      }
      await catalogue.write((tx) =>
        tx
          .updateTable('devices')
          .set({ settingsWanted: Buffer.from(payload).toString() })
          .where('thing', '=', thing)
          .execute(),
      );
      if (presence.connected(thing) === false) return { ok: false, because: 'offline' };
      await bus.publish(topics.settingsWanted(thing), payload);
      return { ok: true };
    },
    async snapshot(account, thing) {
      if ((await find(account, thing)) === undefined) return null;
      return commands.send(thing, 'snapshot', {});
    },
    async reboot(account, thing) {
      if ((await find(account, thing)) === undefined) return null;
      return commands.send(thing, 'reboot', {});
    },
    async watch(account, thing, onFrame) {
      if ((await find(account, thing)) === undefined) return null;
      return liveView.watch(thing, onFrame);
    },
  };
}
