/**
 * For whoever opens a clip's footage while others may purge it: whether a purge was intended since. What a purge has
 * removed must not be made anew by somebody who looked before it. [RET-7]
 */
import type { ClipKey } from '../../ports.ts';

export type PurgeWatch = {
  /** Runs `act`, which may ask at any time whether a purge of the clip was intended since it began. Once at a time. */
  during<Result>(key: ClipKey, act: (isGone: () => boolean) => Promise<Result>): Promise<Result>;
  /** The purge of this clip is intended. */
  intended(key: ClipKey): void;
};

export function makePurgeWatch(): PurgeWatch {
  const watched = new Map<string, { gone: boolean }>();
  const nameOf = ({ thing, clip }: ClipKey): string => `${thing}/${clip}`;
  return {
    async during(key, act) {
      const watching = { gone: false };
      watched.set(nameOf(key), watching);
      try {
        return await act(() => watching.gone);
      } finally {
        watched.delete(nameOf(key));
      }
    },
    intended(key) {
      const watching = watched.get(nameOf(key));
      if (watching !== undefined) watching.gone = true;
    },
  };
}
