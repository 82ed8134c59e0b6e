/** `doorbell clip open`, and what `clip get --key` does: owners open what only they can, on their own machine. */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { z } from 'zod';
import {
  type ClipName,
  type ClipOpener,
  openClip,
  SealedFootageError,
  type WrappedKey,
} from '../../cloud-stub/console/app/sealed-footage.ts';
import { sealedClipSchema } from '../../device/wire/messages.ts';
import { CommandFailure, reasonOf } from './failure.ts';
import { readKeyFile } from './owner-keys.ts';
import { saveStream } from './saved-stream.ts';

/** As the account's archive and the records of a bag write it. */
const recordSchema = z
  .object({
    thing: z.string().optional(),
    device: z.string().optional(),
    clip: z.string(),
    e2ee: sealedClipSchema.nullish(),
  })
  .refine(({ thing, device }) => (thing ?? device) !== undefined, 'names no doorbell');

type Options = {
  readonly key: string;
  readonly record: string;
  readonly wrappedKeys?: string;
  readonly still?: string;
  readonly out?: string;
};

export function addClipOpening(clip: Command): void {
  clip
    .command('open <file>')
    .description('open an end-to-end encrypted clip from an archive or a bag, without the cloud')
    .requiredOption('--key <file>', 'your private key')
    .requiredOption('--record <file>', "the clip's JSON from the same archive or bag")
    .option('--wrapped-keys <file>', 'its .wrapped-keys.json, if the record has none (a bag)')
    .option('--still <id>', 'the file is this still of the clip')
    .option('--out <file>', 'where to (default: beside it, .mp4 or .jpg; - for standard output)')
    .action(async (file: string, options: Options) => {
      const opener = await openerOf(options);
      const kind = options.still === undefined ? '.mp4' : '.jpg';
      const out = options.out ?? file.replace(/(\.enc)?$/, kind);
      if (options.still !== undefined) {
        const { still } = options;
        const bytes = await opening(async () => opener.still(still, await readFile(file)));
        await saveStream(Readable.from([bytes]), out);
        return;
      }
      await saveOpened(opener, createReadStream(file), out, 'unknown');
    });
}

async function openerOf(options: Options): Promise<ClipOpener> {
  const record = await readJson(options.record, recordSchema);
  const { e2ee } =
    options.wrappedKeys === undefined
      ? record
      : { e2ee: await readJson(options.wrappedKeys, sealedClipSchema) };
  if (e2ee === null || e2ee === undefined) {
    throw new CommandFailure(`${options.record} has no wrapped keys: give --wrapped-keys`, 2);
  }
  const name = { thing: record.thing ?? record.device ?? '', clip: record.clip };
  return openerFor(options.key, name, e2ee.recipients);
}

async function readJson<Value>(file: string, schema: z.ZodType<Value>): Promise<Value> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    const because = error instanceof z.ZodError ? z.prettifyError(error) : reasonOf(error);
    throw new CommandFailure(`${file} is of no use: ${because}`, 2, { cause: error });
  }
}

/** Throws CommandFailure. */
export async function openerFor(
  keyFile: string,
  name: ClipName,
  recipients: readonly WrappedKey[],
): Promise<ClipOpener> {
  const key = await readKeyFile(keyFile);
  return opening(() => openClip(key, name, recipients));
}

/**
 * Opens what comes and saves it. `ending` says whether the clip ended as it should: then an end that is missing is a
 * fault; 'unknown': it is worth a word. Throws CommandFailure.
 */
export async function saveOpened(
  opener: ClipOpener,
  sealed: AsyncIterable<Uint8Array>,
  out: string,
  ending: 'complete' | 'cut-short' | 'unknown',
): Promise<void> {
  const footage = opener.footage(sealed);
  await opening(() => saveStream(Readable.from(footage.pieces), out));
  if (footage.isWhole() || ending === 'cut-short') return;
  if (ending === 'complete') {
    throw new CommandFailure(`the end of ${out} is missing, which its doorbell had sealed`);
  }
  console.error(`${out} has no end: its recording was cut short, or it was cut off since`);
}

async function opening<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof CommandFailure ? error.cause : error;
    if (!(cause instanceof SealedFootageError)) throw error;
    throw new CommandFailure(`it cannot be opened: ${cause.message}`, 1, { cause });
  }
}
