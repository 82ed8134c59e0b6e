/** `doorbell clips` and `doorbell clip get`: what is recorded, and the footage itself. */
import { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type ClipView, clipView } from '../../cloud-stub/api/views.ts';
import { triggerKinds } from '../../device/wire/messages.ts';
import { atLeastOne, instantText } from './arguments.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { addClipDeletion } from './clip-deletion.ts';
import { addClipOpening, openerFor, saveOpened } from './clip-opening.ts';
import { CommandFailure } from './failure.ts';
import { byteSize, localTime, printJson, printRows, secondsText } from './output.ts';
import { saveStream } from './saved-stream.ts';

const page = z.object({ items: z.array(clipView), next: z.string().nullable() });
const serverPageMax = 100;

type ListOptions = ClientOptions & {
  readonly thing?: string;
  readonly trigger?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit: number;
  readonly json?: boolean;
};

export function addClipCommands(program: Command): void {
  clientOptions(program.command('clips').description('list clips, the newest first'))
    .option('--thing <thing>', 'of this doorbell only')
    .addOption(new Option('--trigger <kind>', 'begun by this only').choices(triggerKinds))
    .option('--from <time>', 'recorded at or after this time (RFC 3339, or a date)', instantText)
    .option('--to <time>', 'recorded before this time', instantText)
    .option('--limit <count>', 'at most this many', atLeastOne, 20)
    .option('--json', 'print JSON')
    .action(async (options: ListOptions) => {
      const clips = await listClips(new CloudClient(options), options);
      printRows<ClipView>(clips, columns, { json: options.json, none: 'no clips yet' });
    });

  const clip = program.command('clip').description('single clips');
  addClipDeletion(clip, findClip);
  addClipOpening(clip);
  clientOptions(
    clip
      .command('get <clip>')
      .description('save a clip as an MP4 file: by its id, a beginning or end of it, or "latest"'),
  )
    .option('--out <file>', 'where to (default: <clip>.mp4; - for standard output)')
    .option('--key <file>', 'your private key, for a clip that is end-to-end encrypted')
    .option('--sealed', 'save such a clip as it is stored (default: <clip>.enc)')
    .option('--json', 'print JSON about the clip instead of saving it')
    .action(async (id: string, options: GetOptions) => {
      const client = new CloudClient(options);
      const found = await (id === 'latest' ? latestClip(client) : findClip(client, id));
      if (options.json === true) {
        printJson(found);
        return;
      }
      await saveClip(client, found, options);
    });
}

type GetOptions = ClientOptions & {
  readonly out?: string;
  readonly key?: string;
  readonly sealed?: boolean;
  readonly json?: boolean;
};

const columns = [
  { title: 'CLIP', of: (clip: ClipView) => clip.clip },
  { title: 'DOORBELL', of: (clip: ClipView) => clip.thing },
  { title: 'RECORDED', of: (clip: ClipView) => localTime(Date.parse(clip.recordedAt)) },
  { title: 'TRIGGER', of: (clip: ClipView) => clip.trigger },
  { title: 'LENGTH', of: (clip: ClipView) => secondsText(clip.durationMs), align: 'right' },
  { title: 'SIZE', of: (clip: ClipView) => byteSize(clip.sizeBytes), align: 'right' },
  {
    title: 'STATE',
    of: (clip: ClipView) =>
      clip.truncated ? `truncated: ${clip.reason ?? 'no reason given'}` : clip.state,
  },
] as const;

export async function listClips(
  client: CloudClient,
  options: Omit<ListOptions, keyof ClientOptions | 'json'>,
): Promise<ClipView[]> {
  const clips: ClipView[] = [];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams();
    for (const name of ['thing', 'trigger', 'from', 'to'] as const) {
      const value = options[name];
      if (value !== undefined) query.set(name, value);
    }
    query.set('limit', String(Math.min(serverPageMax, options.limit - clips.length)));
    if (cursor !== null) query.set('cursor', cursor);
    const { items, next }: z.infer<typeof page> = await client.json(
      page,
      'GET',
      `/v1/clips?${query}`,
    );
    clips.push(...items);
    cursor = next;
  } while (cursor !== null && clips.length < options.limit);
  return clips;
}

/** The newest that has come whole, or was cut short. Throws CommandFailure. */
async function latestClip(client: CloudClient): Promise<ClipView> {
  const latest = (await listClips(client, { limit: 20 })).find(({ state }) => state === 'stored');
  if (latest === undefined) throw new CommandFailure('no clip is stored yet');
  return latest;
}

/** By its id or a part of it, as a person copies it from the list (its beginning) or the live account (its end). */
async function findClip(client: CloudClient, id: string): Promise<ClipView> {
  const wanted = id.toUpperCase();
  const found = (await listClips(client, { limit: 10_000 })).filter(
    ({ clip }) => clip.startsWith(wanted) || clip.endsWith(wanted),
  );
  const [only] = found;
  if (only === undefined) throw new CommandFailure(`no clip ${id}`);
  if (found.length > 1)
    throw new CommandFailure(`${found.length} clips go by ${id}: give more of the id`);
  return only;
}

async function saveClip(client: CloudClient, clip: ClipView, options: GetOptions): Promise<void> {
  const { thing, e2ee } = clip;
  const isSealed = e2ee !== null && options.sealed === true;
  if (e2ee !== null && options.key === undefined && !isSealed) {
    const keys = e2ee.recipients.map(({ recipient }) => recipient).join(' or ');
    const ways = 'give --key FILE, or --sealed to save it as it is stored';
    throw new CommandFailure(`it is end-to-end encrypted for key ${keys}: ${ways}`, 2);
  }
  const out = options.out ?? `${clip.clip}.${isSealed ? 'enc' : 'mp4'}`;
  const opener =
    e2ee === null || isSealed || options.key === undefined
      ? null
      : await openerFor(options.key, clip, e2ee.recipients);
  const response = await client.request('GET', `/v1/clips/${thing}/${clip.clip}/video`);
  if (response.body === null) throw new CommandFailure('the cloud sent no footage');
  const footage = Readable.fromWeb(response.body);
  if (opener === null) await saveStream(footage, out);
  else await saveOpened(opener, footage, out, endingOf(clip));
  if (out !== '-') {
    console.log(`${out}: ${byteSize(clip.sizeBytes)}, ${secondsText(clip.durationMs)}`);
  }
}

/** Of one that was still arriving when it was asked for, nothing is known. */
const endingOf = ({ state, truncated, unfinished }: ClipView) =>
  state === 'arriving' ? 'unknown' : truncated || unfinished ? 'cut-short' : 'complete';
