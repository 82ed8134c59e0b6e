/**
 * Facts that may reach the catalogue a moment late, written together: the marks of arriving clips and when devices were
 * last heard. Losing them to a crash loses no byte: a mark not written yet only shortens what a salvage keeps. [WIRE-7]
 */
import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { ThingName } from '../../../device/wire/ids.ts';
import type { EpochMs } from '../../../device/wire/time.ts';
import type { ClipKey, Ports, Timer } from '../../ports.ts';
import { serviceLimits } from '../service-limits.ts';
import type { Kept } from './ingest-commit.ts';

export type DeferredWrites = {
  saveMark(key: ClipKey, mark: Kept): void;
  saw(thing: ThingName): void;
  /** Resolves once all that was told before is durable, or its write has failed and was logged. */
  flush(): Promise<void>;
};

export function makeDeferredWrites(
  ports: Pick<Ports, 'catalogue' | 'clock'>,
  log: Logger,
): DeferredWrites {
  const { catalogue, clock } = ports;
  let marks = new Map<string, { readonly key: ClipKey; readonly mark: Kept }>();
  let seen = new Map<ThingName, EpochMs>();
  const lastSaved = new Map<ThingName, EpochMs>();
  let timer: Timer | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const [marksNow, seenNow] = [marks, seen];
    marks = new Map();
    seen = new Map();
    try {
      await catalogue.write(async (tx) => {
        for (const { key, mark } of marksNow.values()) {
          await tx
            .updateTable('clips')
            .set(({ eb, ref }) => ({
              markedChunks: mark.chunks,
              markedRoot: mark.root,
              markedSig: mark.sig,
              // What has come so far; of a salvaged clip that grows, what is stored stands.
              sizeBytes: eb
                .case()
                .when('possession', '=', 'staged')
                .then(mark.sizeBytes)
                .else(ref('sizeBytes'))
                .end(),
            }))
            .where('thing', '=', key.thing)
            .where('clip', '=', key.clip)
            .where('possession', 'in', ['staged', 'stored'])
            .where('final', 'is', null)
            .where('markedChunks', '<', mark.chunks)
            .execute();
        }
        // One statement, however many doorbells were heard.
        await sql`
          update devices set "lastSeenAt" = seen.value ->> 1
          from json_each(${JSON.stringify([...seenNow])}) as seen
          where thing = seen.value ->> 0`.execute(tx);
      });
    } catch (error) {
      // The next mark of each clip stands for these as well.
      log.error({ err: error }, 'marks and last-seen times could not be written');
    }
  }

  function flush(): Promise<void> {
    timer?.cancel();
    timer = null;
    if (marks.size > 0 || seen.size > 0) writing = writing.then(write);
    return writing;
  }

  const soon = (): void => {
    timer ??= clock.setTimer('deferred-writes', serviceLimits.deferredWriteMs, () => void flush());
  };

  return {
    saveMark(key, mark) {
      marks.set(`${key.thing}/${key.clip}`, { key, mark });
      soon();
    },
    saw(thing) {
      const now = clock.now();
      if (now - (lastSaved.get(thing) ?? 0) < serviceLimits.lastSeenStepMs) return;
      lastSaved.set(thing, now);
      seen.set(thing, now);
      soon();
    },
    flush,
  };
}
