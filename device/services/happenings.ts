/** What happens in the doorbell, for whoever watches it on this machine: the panel, the command line, a test. */
import type { ChunkLog } from '../core/chunk-log.ts';
import type { Ulid } from '../wire/ids.ts';
import type { DeviceEvent, Final, Opening, Trigger } from '../wire/messages.ts';

export type Happening =
  | { readonly kind: 'event'; readonly event: DeviceEvent }
  | { readonly kind: 'clip-began'; readonly opening: Opening }
  | { readonly kind: 'trigger-added'; readonly clip: Ulid; readonly trigger: Trigger }
  /** Chunks became durable on flash; `bytes` is what will be sent, the last of `log`'s chunks. */
  | {
      readonly kind: 'chunks-recorded';
      readonly clip: Ulid;
      readonly log: ChunkLog;
      readonly bytes: readonly Uint8Array[];
    }
  | { readonly kind: 'clip-ended'; readonly final: Final; readonly because: string }
  | {
      readonly kind: 'still-kept';
      readonly clip: Ulid;
      readonly still: Ulid;
      readonly bytes: number;
    }
  /** The cloud will not take it: it is given up, and its clip goes on without. */
  | {
      readonly kind: 'still-refused';
      readonly clip: Ulid;
      readonly still: Ulid;
      readonly because: string;
    }
  /** Some of the clip is now durable in the cloud. */
  | {
      readonly kind: 'clip-progressed';
      readonly clip: Ulid;
      readonly acknowledgedChunks: number;
      readonly chunks: number;
    }
  | { readonly kind: 'clip-stored'; readonly clip: Ulid; readonly seq: number }
  | { readonly kind: 'clip-rejected'; readonly clip: Ulid; readonly because: string }
  | { readonly kind: 'clip-evicted'; readonly final: Final; readonly because: string }
  | { readonly kind: 'events-acknowledged'; readonly upTo: number }
  | { readonly kind: 'link-up' }
  | { readonly kind: 'link-down'; readonly because: string }
  | { readonly kind: 'picture'; readonly on: boolean; readonly because: string }
  | { readonly kind: 'footage-ended' }
  | { readonly kind: 'settings-taken' };

export type HappeningListener = (happening: Happening) => void;

export type Happenings = {
  tell(happening: Happening): void;
  subscribe(listener: HappeningListener): () => void;
};

export function createHappenings(): Happenings {
  const listeners = new Set<HappeningListener>();
  return {
    tell(happening) {
      for (const listener of [...listeners]) listener(happening);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
