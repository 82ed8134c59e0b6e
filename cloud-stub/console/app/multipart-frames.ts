/** Reads JPEG pictures from a multipart/x-mixed-replace answer whose parts tell their length. */

const headBytesMax = 4096;
const frameBytesMax = 4 * 1024 * 1024;

/** Yields each part's body. Throws when the stream is not what it should be. */
export async function* framesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  let buffer = new Uint8Array(0);
  const more = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (done) return false;
    const joined = new Uint8Array(buffer.length + value.length);
    joined.set(buffer);
    joined.set(value, buffer.length);
    buffer = joined;
    return true;
  };
  try {
    for (;;) {
      let headEnd = endOfHead(buffer);
      while (headEnd === -1) {
        if (buffer.length > headBytesMax) throw new Error('a part without an end of its head');
        if (!(await more())) return;
        headEnd = endOfHead(buffer);
      }
      const head = new TextDecoder('latin1').decode(buffer.subarray(0, headEnd));
      const length = Number(/content-length:\s*(\d+)/i.exec(head)?.[1] ?? Number.NaN);
      if (!(length <= frameBytesMax)) throw new Error('a part without a sensible length');
      while (buffer.length < headEnd + length) if (!(await more())) return;
      yield buffer.slice(headEnd, headEnd + length);
      buffer = buffer.slice(headEnd + length);
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** The index behind the empty line that ends a head, or -1. */
function endOfHead(bytes: Uint8Array): number {
  for (let at = 0; at + 3 < bytes.length; at++) {
    const isEnd =
      bytes[at] === 13 && bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10;
    if (isEnd) return at + 4;
  }
  return -1;
}
