/** Settings in force: the configuration, overlaid by what the cloud last wanted, which outlives a reboot. */
import { overlaySettings, type Settings } from '../core/settings.ts';
import type { Log } from '../log.ts';
import type { SettingsMessage } from '../wire/messages.ts';
import type { Spool } from './spool.ts';

export type SettingsKeeper = {
  inForce(): Settings;
  /** Checks what is wanted; when it holds, remembers and returns it. */
  take(wanted: SettingsMessage): SettingsTaken;
};
export type SettingsTaken =
  | { readonly ok: true; readonly settings: Settings; readonly remembered: SettingsMessage }
  | { readonly ok: false; readonly because: string };

export function createSettingsKeeper(configured: Settings, spool: Spool, log: Log): SettingsKeeper {
  const base: SettingsMessage = configured;
  let remembered: SettingsMessage = spool.state().settings ?? {};
  const first = overlaySettings(base, remembered);
  let inForce = configured;
  if (first.ok) inForce = first.settings;
  else {
    log.warn({ because: first.because }, 'dropped remembered settings that no longer hold');
    remembered = {};
  }
  return {
    inForce: () => inForce,
    take(wanted) {
      const verdict = overlaySettings(inForce, wanted);
      if (!verdict.ok) return verdict;
      inForce = verdict.settings;
      // The whole of what is in force now: a changed configuration file does not half undo the cloud's wishes.
      remembered = inForce;
      return { ok: true, settings: inForce, remembered };
    },
  };
}
