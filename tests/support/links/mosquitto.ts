/** A real mosquitto for tests, where there is one. */
import type { Pki } from '../../../cloud-stub/backends/pki/pki.ts';
import { type Mosquitto, startMosquitto as start } from '../../../tools/torture/mosquitto.ts';
import { findProgram } from '../requirement.ts';

export type { Mosquitto };

/** Null where mosquitto is not installed; in CI it must be. */
export const mosquittoProgram = (): string | null => findProgram('mosquitto');

export async function startMosquitto(
  pki: Pki,
  wanted: { readonly port?: number } = {},
): Promise<Mosquitto> {
  const program = mosquittoProgram();
  if (program === null) throw new Error('mosquitto is not installed');
  return start(program, pki, wanted);
}
