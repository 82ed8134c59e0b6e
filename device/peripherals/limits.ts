/** Every limit of the host board, in one place, and how they relate. */
import assert from 'node:assert/strict';
import { limits as wire } from '../wire/limits.ts';
import { milliseconds, minutes, seconds } from '../wire/time.ts';

const MiB = 1024 * 1024;

export const limits = {
  /** How long a candidate ffmpeg may take to say its version, which took three seconds on a loaded machine. */
  ffmpegCheckMs: seconds(30),
  /** An ffmpeg that gives nothing for this long is hung: it is killed and started anew. */
  encoderSilenceMs: seconds(5),
  /** The first picture may take longer: a camera on the network answers when it likes. */
  encoderFirstOutputMs: seconds(15),
  /** What a stopped ffmpeg gets to end by itself, for example to leave an RTSP session. */
  encoderStopMs: milliseconds(500),
  /** Restarts after a fault wait this long at first, twice as long each time, at most the second. */
  restartMs: milliseconds(500),
  restartMsMax: seconds(30),
  /** A stream that lasted this long was sound: the next restart waits `restartMs` again. */
  soundStreamMs: minutes(1),
  /** Larger pictures are beyond what this camera's encoder takes: 4K DCI. */
  pictureWidthPxMax: 4096,
  pictureHeightPxMax: 2304,
  analysisWidthPxMin: 16,
  analysisWidthPxMax: 1920,
  /** A box of the encoder's MP4: one picture, which at 4K and a sane bit rate is far smaller. */
  boxBytesMax: 32 * MiB,
  readBytes: 64 * 1024,
  /** One line of what ffmpeg says; and how many lines are kept for the error. */
  encoderLineCharsMax: 500,
  encoderLinesKept: 40,
  /** Samples in one fragment of ffmpeg's, which holds one. */
  groupSamplesMax: 1000,
  /** Analysis pictures that a replay holds until the encoder has come as far. */
  heldLumaMax: 500,
  /** A loaded machine may take seconds to start the decoder; a ring without its still is worse than a late one. */
  stillMs: seconds(10),
  stillWidthPxMax: 1920,
  /** A live frame travels as one message. */
  liveFrameBytesMax: wire.payloadBytesMax,
  livePendingBytesMax: 4 * MiB,
  fragmentMsMax: wire.fragmentMsMax,
  /** A publish that the broker does not acknowledge. */
  pubackMs: seconds(20),
  connectMs: seconds(15),
  /**
   * What one address of a broker gets before the next one is tried. Node's own quarter of a second is less than a
   * mobile network takes, and an address that was given up is not waited for.
   */
  connectAttemptMs: seconds(5),
  closeMs: seconds(2),
  keepAliveSeconds: 30,
  pingTimeoutMs: seconds(10),
  panelBodyBytesMax: 4096,
  pressMsMax: seconds(30),
} as const;

assert(limits.restartMs < limits.restartMsMax);
assert(2 * limits.connectAttemptMs < limits.connectMs);
assert(limits.encoderSilenceMs <= limits.encoderFirstOutputMs);
assert(limits.analysisWidthPxMax <= limits.pictureWidthPxMax);
// AWS IoT Core takes 30 to 1200 s (iot.md 1.1).
assert(limits.keepAliveSeconds >= 30 && limits.keepAliveSeconds <= 1200);
