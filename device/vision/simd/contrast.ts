/** `translate` of contrast.ts. */
import { height, width } from './model';

export function translate(luma: usize, table: usize): void {
  const end = luma + width * height;
  for (let at = luma; at < end; at++) store<u8>(at, load<u8>(table + load<u8>(at)));
}
