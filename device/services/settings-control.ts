/** Settings wanted by the cloud: checked, applied to whom they concern, remembered, and reported either way. */
import type { Clock } from '../board.ts';
import type { Settings } from '../core/settings.ts';
import type { SettingsMessage } from '../wire/messages.ts';
import type { Happenings } from './happenings.ts';
import type { Recorder } from './recorder.ts';
import type { SettingsKeeper } from './settings-keeper.ts';
import type { Spool } from './spool.ts';

export type SettingsControl = {
  take(wanted: SettingsMessage): void;
};

export type SettingsControlOptions = {
  readonly clock: Clock;
  readonly keeper: SettingsKeeper;
  readonly spool: Spool;
  readonly recorder: Recorder;
  readonly happenings: Happenings;
  readonly apply: (settings: Settings) => Promise<void>;
  readonly report: (settings: Settings) => void;
  readonly onFailed: (error: unknown) => void;
};

export function createSettingsControl(options: SettingsControlOptions): SettingsControl {
  const { clock, keeper, spool, recorder, happenings, onFailed } = options;
  return {
    take(wanted) {
      const taken = keeper.take(wanted);
      const names = Object.keys(wanted).slice(0, 64);
      const data = taken.ok
        ? { accepted: true, names }
        : { accepted: false, names, because: taken.because };
      if (taken.ok) {
        spool
          .transact((t) => t.add({ kind: 'settings-taken', settings: taken.remembered }))
          .durable.catch(onFailed);
      }
      void recorder.note({ kind: 'settings-changed', at: clock.uptime(), data }, 'running');
      if (taken.ok) {
        options.apply(taken.settings).catch(onFailed);
        happenings.tell({ kind: 'settings-taken' });
      }
      options.report(keeper.inForce());
    },
  };
}
