/** `doorbell clip delete`: some clips, or all, out of sight for good. [DEL-1] */
import type { Command } from 'commander';
import { z } from 'zod';
import type { ClipView } from '../../cloud-stub/api/views.ts';
import { instantText } from './arguments.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { confirmed } from './confirmation.ts';
import { CommandFailure } from './failure.ts';
import { printJson } from './output.ts';

type DeleteOptions = ClientOptions & {
  readonly all?: boolean;
  readonly thing?: string;
  readonly from?: string;
  readonly to?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
};

const answer = z.object({ deleted: z.number() });
const clipsPerRequest = 100;

/** `find` finds a clip by its id or the beginning of it. */
export function addClipDeletion(
  clip: Command,
  find: (client: CloudClient, id: string) => Promise<ClipView>,
): void {
  clientOptions(
    clip
      .command('delete [clips...]')
      .description('delete clips, for good: they are out of sight at once'),
  )
    .option('--all', 'all there are, as far as --thing, --from and --to go')
    .option('--thing <thing>', 'of this doorbell only')
    .option('--from <time>', 'recorded at or after this time (RFC 3339, or a date)', instantText)
    .option('--to <time>', 'recorded before this time', instantText)
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action(async (ids: readonly string[], options: DeleteOptions) => {
      const { thing, from, to } = options;
      if ((options.all === true) === ids.length > 0) {
        throw new CommandFailure('name the clips, or give --all', 2);
      }
      if (options.all !== true && [thing, from, to].some((one) => one !== undefined)) {
        throw new CommandFailure('--thing, --from and --to say how far --all goes', 2);
      }
      const client = new CloudClient(options);
      const deleted =
        options.all === true
          ? await deleteAll(client, { thing, from, to }, options)
          : await deleteThese(client, ids, find, options);
      if (options.json === true) printJson({ deleted });
      else console.log(deleted === 1 ? '1 clip is deleted' : `${deleted} clips are deleted`);
    });
}

async function deleteAll(
  client: CloudClient,
  scope: Readonly<Record<'thing' | 'from' | 'to', string | undefined>>,
  options: DeleteOptions,
): Promise<number> {
  const given = Object.fromEntries(
    Object.entries(scope).filter(([, value]) => value !== undefined),
  );
  const which = Object.entries(given).map(([name, value]) => ` ${name} ${value}`);
  await confirmed(`Delete all clips${which.join(',')}?`, options);
  const body = { all: true, ...given };
  return (await client.json(answer, 'POST', '/v1/clips/deletions', body)).deleted;
}

async function deleteThese(
  client: CloudClient,
  ids: readonly string[],
  find: (client: CloudClient, id: string) => Promise<ClipView>,
  options: DeleteOptions,
): Promise<number> {
  const clips: Pick<ClipView, 'thing' | 'clip'>[] = [];
  for (const id of ids) {
    const { thing, clip } = await find(client, id);
    clips.push({ thing, clip });
  }
  await confirmed(`Delete ${clips.map(({ clip }) => clip).join(', ')}?`, options);
  let deleted = 0;
  for (let i = 0; i < clips.length; i += clipsPerRequest) {
    const body = { clips: clips.slice(i, i + clipsPerRequest) };
    deleted += (await client.json(answer, 'POST', '/v1/clips/deletions', body)).deleted;
  }
  return deleted;
}
