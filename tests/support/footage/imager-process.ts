/** An imager in a process of its own, to be killed: `node imager-process.ts <ffmpeg> <its timing> <footage>`. */
import { FfmpegImager } from '../../../device/peripherals/ffmpeg-imager.ts';
import { parseSource } from '../../../device/peripherals/footage-source.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';

const [, , path = '', timing, footage = ''] = process.argv;
const imager = new FfmpegImager({
  clock: new SystemClock(),
  binary: { path, timing: timing === '-vsync' ? timing : '-fps_mode' },
  source: await parseSource(footage, { mode: 'loop', pace: 'real-time' }),
  encoder: 'x264',
});
const nothing = (): void => {};
await imager.start(
  {
    analysisWidthPx: 160,
    analysisFramesPerSecond: 5,
    videoBitsPerSecond: 500_000,
    privacyMasks: [],
    clockOverlay: false,
    audio: true,
  },
  { onLuma: nothing, onMediaInit: nothing, onFragment: nothing, onFault: nothing },
);
process.send?.('picture');
