/** The imager's stream: pictures to the motion detector, fragments to the recorder, faults to the record. */
import type { Board, Fragment, ImagerFault, LumaFrame, MediaInit } from '../board.ts';
import { startsOnIdr } from '../core/fragmented-mp4.ts';
import type { Settings } from '../core/settings.ts';
import type { Log } from '../log.ts';
import type { GateEffect } from '../vision/motion-gate.ts';
import { Mp4Error } from '../wire/mp4-boxes.ts';
import { later } from '../wire/time.ts';
import type { Happenings } from './happenings.ts';
import type { MediaTime } from './media-time.ts';
import type { MotionWatch } from './motion-watch.ts';
import type { Recorder } from './recorder.ts';

export type PictureState = 'starting' | 'running' | 'broken' | 'ended';

export type Camera = {
  /** Resolves at the first picture. */
  start(): Promise<void>;
  configure(settings: Settings): Promise<void>;
  state(): PictureState;
  stop(): Promise<void>;
};

export type CameraOptions = {
  readonly board: Pick<Board, 'imager' | 'clock'>;
  readonly recorder: Recorder;
  readonly motion: MotionWatch;
  readonly time: MediaTime;
  readonly happenings: Happenings;
  readonly log: Log;
  readonly settings: Settings;
  /** Pictures of a new stream have come. */
  readonly onStream: () => void;
};

export function createCamera(options: CameraOptions): Camera {
  const { recorder, motion, time, happenings, log, onStream } = options;
  const { imager, clock } = options.board;
  let wanted = options.settings.imager;
  let state: PictureState = 'starting';
  let videoTrackId: number | null = null;
  let isNewStream = false;

  function become(next: PictureState, because: string): void {
    if (state === next) return;
    state = next;
    happenings.tell({ kind: 'picture', on: next === 'running', because });
  }

  function onLuma(frame: LumaFrame): void {
    time.saw(frame.at);
    become('running', 'pictures come');
    for (const effect of motion.look(frame)) onMotion(effect);
  }

  function onMotion(effect: GateEffect): void {
    const { kind, at, because } = effect;
    const score = Math.round((motion.latest()?.score ?? 0) * 100) / 100;
    const length = effect.kind === 'motion-ended' ? { durationMs: effect.durationMs } : {};
    recorder.feed({ kind, at }, { kind, at, data: { because, score, ...length } });
  }

  function onMediaInit(init: MediaInit): void {
    videoTrackId = init.tracks[0]?.trackId ?? null;
    isNewStream = true;
    time.began();
    recorder.takeInit(init);
  }

  function onFragment(fragment: Fragment): void {
    const { bytes, at, durationMs, decodeTimes, continuous } = fragment;
    time.saw(later(at, durationMs));
    if (isNewStream) onStream();
    isNewStream = false;
    try {
      const idr = videoTrackId !== null && startsOnIdr(bytes, videoTrackId);
      const recorded = { bytes, at, durationMs, decodeTimes, continuous, idr };
      recorder.feed({ kind: 'fragment', fragment: recorded });
    } catch (error) {
      if (!(error instanceof Mp4Error)) throw error;
      log.error({ because: error.message }, 'the encoder gave a broken fragment');
      onFault({ ended: false, because: 'the encoder gave a broken fragment' });
    }
  }

  function onFault({ ended, because }: ImagerFault): void {
    const at = clock.uptime();
    if (ended) {
      recorder.feed({ kind: 'interrupted', because: 'the footage ended' });
      time.ended();
      become('ended', because);
      happenings.tell({ kind: 'footage-ended' });
      return;
    }
    log.warn({ because }, 'the camera failed and starts anew');
    recorder.feed(
      { kind: 'interrupted', because: `imager-fault: ${because}`.slice(0, 200) },
      { kind: 'imager-fault', at, data: { because: because.slice(0, 500) } },
    );
    time.ended();
    become('broken', because);
  }

  const start = (): Promise<void> =>
    imager.start(wanted, { onLuma, onMediaInit, onFragment, onFault });

  return {
    start,
    state: () => state,
    async configure({ imager: next }) {
      if (JSON.stringify(next) === JSON.stringify(wanted)) return;
      wanted = next;
      await imager.stop();
      recorder.feed({ kind: 'interrupted', because: 'settings changed' });
      time.ended();
      become('starting', 'settings changed');
      await start();
    },
    stop: () => imager.stop(),
  };
}
