/** Where the benches draw their randomness. */
import { randomBytes } from 'node:crypto';
import type { Entropy } from '../../cloud-stub/ports.ts';

export const entropy: Entropy = { bytes: (count) => randomBytes(count) };
