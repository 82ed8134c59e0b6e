/** What a doorbell does, told as a person would follow it. */
import type { Happening } from '../../device/services/happenings.ts';
import type { Ulid } from '../../device/wire/ids.ts';
import type { DeviceEvent, TriggerKind } from '../../device/wire/messages.ts';
import { byteSize } from './output.ts';

export type Line = {
  readonly subject: 'doorbell' | 'camera' | 'motion' | 'ring' | 'clip' | 'link' | 'light';
  readonly text: string;
};

/** Remembers what a later line needs of an earlier happening. */
export class Narrator {
  readonly #clips = new Map<Ulid, { startedAt: number; endedAt: number; sizeBytes: number }>();

  /** One line, or null for what would only be noise. `nowMs` is wall-clock time. */
  tell(happening: Happening, nowMs: number): Line | null {
    switch (happening.kind) {
      case 'event':
        return eventLine(happening.event);
      case 'clip-began': {
        const { clip, trigger, preRoll, startedAt } = happening.opening;
        this.#clips.set(clip, { startedAt, endedAt: startedAt, sizeBytes: 0 });
        const before = `${inSeconds(preRoll.deliveredMs)} of pre-roll`;
        const text = `${shortId(clip)} recording (${triggerName(trigger)}), ${before}`;
        return { subject: 'clip', text };
      }
      case 'trigger-added':
        return null; // its event says so
      case 'clip-ended': {
        const { clip, size, endedAt, truncated, reason } = happening.final;
        const known = this.#clips.get(clip);
        if (known !== undefined) this.#clips.set(clip, { ...known, endedAt, sizeBytes: size });
        const length = known === undefined ? '' : `, ${inSeconds(endedAt - known.startedAt)}`;
        const cut = truncated ? `, cut short: ${reason ?? 'no reason given'}` : '';
        return {
          subject: 'clip',
          text: `${shortId(clip)} recorded${length}, ${byteSize(size)}${cut}`,
        };
      }
      case 'clip-stored': {
        const known = this.#clips.get(happening.clip);
        this.#clips.delete(happening.clip);
        const after =
          known === undefined ? '' : `, ${inSeconds(nowMs - known.endedAt)} after its end`;
        return { subject: 'clip', text: `${shortId(happening.clip)} stored in the cloud${after}` };
      }
      case 'clip-rejected':
        return {
          subject: 'clip',
          text: `${shortId(happening.clip)} rejected: ${happening.because}`,
        };
      case 'still-refused':
        return {
          subject: 'clip',
          text: `${shortId(happening.clip)} goes without a still: ${happening.because}`,
        };
      case 'clip-evicted':
        return {
          subject: 'clip',
          text: `${shortId(happening.final.clip)} given up, the flash is full: ${happening.because}`,
        };
      case 'link-up':
        return { subject: 'link', text: 'connected to the cloud' };
      case 'link-down':
        return { subject: 'link', text: `connection lost: ${happening.because}` };
      case 'picture':
        return { subject: 'camera', text: ofCamera(happening.because) };
      case 'footage-ended':
        return { subject: 'camera', text: 'the footage has ended' };
      case 'settings-taken':
        return { subject: 'doorbell', text: 'new settings are in force' };
      case 'chunks-recorded':
      case 'clip-progressed':
      case 'still-kept':
      case 'events-acknowledged':
        return null;
    }
  }
}

function eventLine(event: DeviceEvent): Line | null {
  const { kind, data } = event;
  switch (kind) {
    case 'ding':
      return { subject: 'ring', text: 'somebody rings' };
    case 'button':
      return data['press'] === 'short'
        ? null
        : { subject: 'ring', text: `a ${String(data['press'])} press` };
    case 'motion-began':
      return { subject: 'motion', text: 'something moves' };
    case 'motion-ended':
      return { subject: 'motion', text: 'all is still' };
    case 'night-mode':
      return { subject: 'light', text: `night mode ${data['on'] === true ? 'on' : 'off'}` };
    case 'porch-light':
      return { subject: 'light', text: `porch light ${data['on'] === true ? 'on' : 'off'}` };
    case 'imager-fault':
      return { subject: 'camera', text: ofCamera(String(data['because'] ?? 'a fault')) };
    case 'flash-damaged':
      return { subject: 'doorbell', text: 'its flash is damaged, something was lost' };
    case 'evicted':
    case 'boot':
    case 'shutdown':
    case 'health':
    case 'clip-began':
    case 'clip-ended':
    case 'settings-changed':
      return null;
  }
}

/** The subject says already that it is the camera's. */
const ofCamera = (because: string): string => because.replace(/^camera /, '');

const triggerName = (trigger: TriggerKind): string => (trigger === 'ding' ? 'ring' : trigger);
const inSeconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

/** The random end of a ULID: its beginning is the time, alike for neighbours. */
const shortId = (clip: Ulid): string => clip.slice(-6);
