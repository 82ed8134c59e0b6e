/** Reading what was given on the command line; each refusal says what was expected. */
import { InvalidArgumentError } from 'commander';
import { timeLength as lengthSchema } from '../../cloud-stub/api/requests.ts';
import { isThingName, type ThingName } from '../../device/wire/ids.ts';
import type { DurationMs } from '../../device/wire/time.ts';
import { CommandFailure } from './failure.ts';

/** Throws CommandFailure. */
export function thingName(text: string): ThingName {
  if (isThingName(text)) return text;
  throw new CommandFailure(`"${text}" is no thing name: expected 1 to 64 of A-Z a-z 0-9 _ -`, 2);
}

export function atLeastOne(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError('expected a whole number from 1.');
  }
  return count;
}

export function wholeNumber(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count)) {
    throw new InvalidArgumentError('expected a whole number from 0.');
  }
  return count;
}

export function portNumber(text: string): number {
  const port = Number(text);
  if (!Number.isSafeInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('expected a port, 0 to 65535 (0: any free one).');
  }
  return port;
}

/** A date or time as RFC 3339 in UTC. */
export function instantText(text: string): string {
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    throw new InvalidArgumentError('expected a time such as 2026-11-22 or 2026-11-22T10:00:00Z.');
  }
  return new Date(at).toISOString();
}

/** A length of time as people write it. */
export function timeLength(text: string): DurationMs {
  const parsed = lengthSchema.safeParse(text);
  if (!parsed.success) {
    throw new InvalidArgumentError(`${parsed.error.issues[0]?.message ?? 'no length of time'}.`);
  }
  return parsed.data;
}
