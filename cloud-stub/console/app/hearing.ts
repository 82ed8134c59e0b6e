/** What is told of clips while an answer with clips is on its way: the older answer must not undo it. */
import type { ClipFilter, ClipKey, ClipView } from './api-client.ts';
import { merged, passes } from './feed-order.ts';
import { nameOfClip } from './store.ts';

/** Null: gone. */
type Told = Map<string, ClipView | null>;
export type Listening = {
  /** The clips answered, as they are known to be by now. */
  corrected(answered: readonly ClipView[], filter: ClipFilter): readonly ClipView[];
  end(): void;
};

export class Hearing {
  readonly #listening = new Set<Told>();

  tell(key: ClipKey, clip: ClipView | null): void {
    for (const told of this.#listening) told.set(nameOfClip(key), clip);
  }

  begin(): Listening {
    const told: Told = new Map();
    this.#listening.add(told);
    return {
      corrected(answered, filter) {
        const untouched = answered.filter((clip) => !told.has(nameOfClip(clip)));
        const news = [...told.values()].filter((clip) => clip !== null);
        return merged(
          untouched,
          news.filter((clip) => passes(clip, filter)),
        );
      },
      end: () => void this.#listening.delete(told),
    };
  }
}
