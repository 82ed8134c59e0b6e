/** Cuts a stream of JPEG pictures laid end to end. */

const start = Buffer.from([0xff, 0xd8, 0xff]);
const end = Buffer.from([0xff, 0xd9]);

/** An end marker cannot stand inside a picture: entropy-coded 0xff bytes are followed by 0x00. */
export class JpegSplitter {
  readonly #pendingBytesMax: number;
  #pending: Buffer = Buffer.alloc(0);

  constructor(pendingBytesMax: number) {
    this.#pendingBytesMax = pendingBytesMax;
  }

  /** The pictures that `chunk` completes. What is not JPEG is skipped. */
  *take(chunk: Buffer): Generator<Buffer> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (;;) {
      const from = this.#pending.indexOf(start);
      const to = from < 0 ? -1 : this.#pending.indexOf(end, from + start.length);
      if (to < 0) break;
      yield Buffer.from(this.#pending.subarray(from, to + end.length));
      this.#pending = this.#pending.subarray(to + end.length);
    }
    if (this.#pending.length > this.#pendingBytesMax) this.#pending = Buffer.alloc(0);
  }
}
