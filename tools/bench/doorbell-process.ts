/** A real doorbell that tells its parent what happens to its clips, and when: `doorbell-process.ts SETTINGS.json`. */
import type { Happening } from '../../device/services/happenings.ts';
import { runChildDoorbell } from '../child-doorbell.ts';
import type { DoorbellNews } from './doorbell-news.ts';
import { monotonicMs } from './monotonic.ts';

const [settings] = process.argv.slice(2);
if (settings === undefined) throw new Error('one argument expected');
await runChildDoorbell(settings, {
  onBoot: ({ firmware, panelUrl }) => {
    firmware.subscribe(tell);
    void firmware.firstPicture.then(() => send({ kind: 'up', panelUrl: panelUrl ?? '' }));
  },
});

function tell(happening: Happening): void {
  const news = newsOf(happening, monotonicMs());
  if (news !== null) send(news);
}

function newsOf(happening: Happening, atMs: number): DoorbellNews | null {
  const { kind } = happening;
  if (kind === 'clip-began') {
    const { clip, preRoll } = happening.opening;
    return { kind: 'began', clip, triggerOffsetMs: preRoll.deliveredMs };
  }
  if (kind === 'chunks-recorded') {
    const recordedMs = happening.log.chunks.map((chunk) => chunk.recordedMs);
    return { kind: 'recorded', clip: happening.clip, recordedMs };
  }
  if (kind === 'clip-progressed') {
    const { clip, acknowledgedChunks } = happening;
    return { kind: 'progressed', clip, acknowledgedChunks, atMs };
  }
  if (kind === 'clip-ended') {
    const { clip, endedAt } = happening.final;
    // How long ago the last picture ended, by the device's own wall clock.
    return { kind: 'ended', clip, atMs: atMs - (Date.now() - endedAt), finalMs: atMs };
  }
  if (kind === 'still-kept') return { kind: 'still', clip: happening.clip, atMs };
  return kind === 'clip-stored' ? { kind: 'stored', clip: happening.clip, atMs } : null;
}

function send(news: DoorbellNews): void {
  process.send?.(news);
}
