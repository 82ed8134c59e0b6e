/**
 * THE SEAM of the doorbell: everything the firmware needs from hardware, on one page. The host board
 * (peripherals/) implements it with this machine's files, sockets and ffmpeg; a simulated board implements the
 * same page under virtual time. The firmware reaches the world in no other way.
 */
import type { ThingName } from './wire/ids.ts';
import type { DurationMs, EpochMs, UptimeMs } from './wire/time.ts';

export type Board = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly imager: Imager;
  readonly button: Button;
  readonly sensors: LightSensors;
  readonly flash: Flash;
  readonly link: Link;
  readonly signer: Signer;
};

export type Clock = {
  /** Wall-clock time as this device believes it; it may be wrong and may step. */
  now(): EpochMs;
  /** Time since boot; never steps. */
  uptime(): UptimeMs;
  /** The uptime at which the wall clock was last set from a trusted source, null if never. */
  syncedAt(): UptimeMs | null;
  /** Calls `act` once after `delay`. `name` is for traces. */
  setTimer(name: string, delay: DurationMs, act: () => void): Timer;
};
export type Timer = { cancel(): void };

export type Entropy = {
  bytes(count: number): Uint8Array;
};

/** Camera, scaler and encoder, which are one chip here as in hardware. */
export type Imager = {
  /** Starts the stream. Restarts itself after a fault, which it reports. Resolves at the first picture. */
  start(wanted: ImagerSettings, sink: ImagerSink): Promise<void>;
  /** The latest picture as JPEG of at most `bytesMax`; masked pixels stay masked. Throws ImagerError. */
  still(wanted: StillSettings): Promise<Still>;
  /**
   * Coloured JPEGs of at most `widthPxMax` at about `framesPerSecond`, until cancelled: the live view. They cost
   * a decoder, so nothing is decoded while nobody looks.
   */
  liveFrames(wanted: LiveSettings, onFrame: (jpeg: Uint8Array) => void): Timer;
  stop(): Promise<void>;
};

export type ImagerSettings = {
  /** The size at which motion is looked for; the height follows from the picture's shape, even. */
  readonly analysisWidthPx: number;
  readonly analysisFramesPerSecond: number;
  readonly videoBitsPerSecond: number;
  /** Rectangles blacked out before anything leaves the imager; normalised, 0 to 1 from the top left. */
  readonly privacyMasks: readonly NormalisedBox[];
  readonly clockOverlay: boolean;
  readonly audio: boolean;
};
export type NormalisedBox = {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

export type ImagerSink = {
  onLuma(frame: LumaFrame): void;
  onMediaInit(init: MediaInit): void;
  onFragment(fragment: Fragment): void;
  /** The stream broke; unless `ended`, the imager starts anew and a new MediaInit follows. */
  onFault(fault: ImagerFault): void;
};
export type ImagerFault = {
  /** A footage file that plays once ended as it should. */
  readonly ended: boolean;
  readonly because: string;
};

/** Brightness of one picture. `luma` is row-major, one byte a pixel, widthPx * heightPx long; 16-235 or 0-255. */
export type LumaFrame = {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly luma: Uint8Array;
  readonly at: UptimeMs;
};

/** The head of a fragmented MP4 (`ftyp` and `moov`), which makes the fragments after it playable. */
export type MediaInit = {
  readonly bytes: Uint8Array;
  /** RFC 6381, for example `avc1.64001f,mp4a.40.2`. */
  readonly codec: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly hasAudio: boolean;
  readonly tracks: readonly { readonly trackId: number; readonly timescaleHz: number }[];
};

/** One `moof` and `mdat`: at most a second, starting on an IDR picture. Decode times count from the stream's start. */
export type Fragment = {
  readonly bytes: Uint8Array;
  readonly at: UptimeMs;
  readonly durationMs: DurationMs;
  /** Decode time of the first sample by track, in that track's timescale. */
  readonly decodeTimes: readonly { readonly trackId: number; readonly time: number }[];
  /** False when something was lost between the fragment before and this one. */
  readonly continuous: boolean;
};

export type StillSettings = {
  readonly bytesMax: number;
  readonly widthPxMax: number;
  /** Boxes to draw, for the optional second still. */
  readonly regions?: readonly NormalisedBox[];
};
export type Still = { readonly jpeg: Uint8Array; readonly at: UptimeMs };
export type LiveSettings = { readonly widthPxMax: number; readonly framesPerSecond: number };

/** The camera, scaler or encoder failed. */
export class ImagerError extends Error {
  override readonly name = 'ImagerError';
}

export type Button = {
  /** Raw edges, bounces included. */
  onEdge(listener: (edge: ButtonEdge) => void): void;
};
export type ButtonEdge = { readonly kind: 'pressed' | 'released'; readonly at: UptimeMs };

/** What the housing senses and switches by itself. */
export type LightSensors = {
  onChange(listener: (change: LightChange) => void): void;
};
export type LightChange =
  | { readonly kind: 'night-mode'; readonly on: boolean; readonly at: UptimeMs }
  | { readonly kind: 'porch-light'; readonly on: boolean; readonly at: UptimeMs };

/**
 * Flash storage under a path-like name (`clips/01H.../chunks`). What was written or renamed may be lost by a power cut
 * until it was synced: file contents by `sync`, names by `syncNames` of their folder (the top folder is '').
 * Folders come into being with the first file in them.
 */
export type Flash = {
  /** Writes a whole file, replacing it. Throws FlashFullError, having changed nothing that was synced. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  /** Appends; after a power cut a part of it may be there, or none. Throws FlashFullError. */
  append(path: string, bytes: Uint8Array): Promise<void>;
  /** Cuts the file to `length` bytes. */
  truncate(path: string, length: number): Promise<void>;
  sync(path: string): Promise<void>;
  syncNames(folder: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** The whole file, or null when there is none. */
  read(path: string): Promise<Uint8Array | null>;
  /** `length` bytes from `offset`, fewer at the file's end. Throws FlashError when there is no such file. */
  readRange(path: string, offset: number, length: number): Promise<Uint8Array>;
  /** Names in a folder, sorted; none when there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Removes a file or a folder with all in it; nothing happens when it is not there. */
  remove(path: string): Promise<void>;
  usage(): Promise<FlashUsage>;
};
export type FlashUsage = { readonly capacityBytes: number; readonly usedBytes: number };

/** The flash failed; `path` says where. */
export class FlashError extends Error {
  override readonly name: string = 'FlashError';
  readonly path: string;
  constructor(path: string, message: string, options?: ErrorOptions) {
    super(`${message}: ${path}`, options);
    this.path = path;
  }
}
export class FlashFullError extends FlashError {
  override readonly name = 'FlashFullError';
  constructor(path: string, options?: ErrorOptions) {
    super(path, 'no space left on flash', options);
  }
}

/** One MQTT connection at a time. When to try again is the firmware's business, not the link's. */
export type Link = {
  /** Connects and subscribes; resolves once both are acknowledged. Throws LinkError. */
  open(session: LinkSession): Promise<void>;
  /** Resolves at PUBACK for QoS 1, once handed to the socket for QoS 0. Throws LinkError when the link closes first. */
  publish(topic: string, payload: Uint8Array, qos: 0 | 1): Promise<void>;
  /** Disconnects in good order; `onClosed` is not called. */
  close(): Promise<void>;
};
export type LinkSession = {
  readonly clientId: ThingName;
  readonly filters: readonly string[];
  readonly onMessage: (topic: string, payload: Uint8Array) => void;
  /** The link broke; called once for each successful `open`. */
  readonly onClosed: (because: string) => void;
};

/** The link could not be opened, or closed. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
}

/** The device's key, which never leaves it: ECDSA P-256, the one in its certificate. */
export type Signer = {
  /** ECDSA with SHA-256 over `bytes`, DER. */
  sign(bytes: Uint8Array): Uint8Array;
};
