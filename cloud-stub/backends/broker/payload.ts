/**
 * A message's payload as a view of its own: a small one must not keep the read buffer alive that it
 * came in.
 */
export const detached = (payload: Buffer): Uint8Array =>
  payload.buffer.byteLength > 2 * payload.byteLength ? Uint8Array.from(payload) : payload;
