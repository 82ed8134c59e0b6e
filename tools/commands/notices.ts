/** `doorbell notices`, `challenge` and `consent`: what an owner is told of legal demands, and may say to them. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { noticeView } from '../../cloud-stub/api/desk-views.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { printJson, printRows } from './output.ts';

type Options = ClientOptions & { readonly json?: boolean };
type Notice = z.infer<typeof noticeView>;
type ClipName = { readonly thing: string; readonly clip: string };

export function addNoticeCommands(program: Command): void {
  json(program.command('notices').description('what an owner is told of legal demands')).action(
    async (options: Options) => {
      const page = z.object({ items: z.array(noticeView) });
      const { items } = await new CloudClient(options).json(page, 'GET', '/v1/notices');
      printRows<Notice>(items, columns, { json: options.json, none: 'no notices' });
    },
  );

  json(
    program
      .command('challenge <notice> <because>')
      .description(
        'tell that you challenge a demand in court: nothing leaves until that is decided',
      ),
  ).action((notice: string, because: string, options: Options) =>
    say(options, 'POST', `/v1/notices/${encodeURIComponent(notice)}/challenge`, 'challenged', {
      because,
    }),
  );

  json(
    program
      .command('waive <notice>')
      .description('tell that you will not challenge a demand: it need not wait for you'),
  ).action((notice: string, options: Options) =>
    say(options, 'POST', `/v1/notices/${encodeURIComponent(notice)}/waiver`, 'waived'),
  );

  json(
    program
      .command('consent <demand>')
      .description('consent to a request, clip by clip; nothing beside them leaves'),
  )
    .option('--clip <doorbell/clip>', 'this clip; may be repeated', collectClip, [])
    .option('--class <class>', 'subscriber or non-content as well; may be repeated', collect, [])
    .option('--revoke', 'take the consent back, until the bag is begun')
    .action((demand: string, options: ConsentOptions) => {
      const where = `/v1/consents/${encodeURIComponent(demand)}`;
      if (options.revoke === true) return say(options, 'DELETE', where, 'consent taken back');
      const { clip: clips, class: classes } = options;
      return say(options, 'PUT', where, 'consented', { clips, classes });
    });
}

type ConsentOptions = Options & {
  readonly clip: readonly ClipName[];
  readonly class: readonly string[];
  readonly revoke?: boolean;
};

const json = (command: Command): Command => clientOptions(command).option('--json', 'print JSON');

async function say(
  options: Options,
  method: string,
  where: string,
  done: string,
  body?: object,
): Promise<void> {
  await new CloudClient(options).request(method, where, body);
  if (options.json === true) printJson({ done });
  else console.log(done);
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function collectClip(value: string, before: readonly ClipName[]): readonly ClipName[] {
  const [thing, clip, ...rest] = value.split('/');
  if (thing === undefined || clip === undefined || rest.length > 0) {
    throw new InvalidArgumentError('expected a doorbell and a clip, such as front-door/01J...');
  }
  return [...before, { thing, clip }];
}

const columns = [
  { title: 'NOTICE', of: (row: Notice) => row.notice },
  { title: 'SENT', of: (row: Notice) => row.sentAt },
  { title: 'PROCESS', of: (row: Notice) => row.process },
  { title: 'AGENCY', of: (row: Notice) => row.agency },
  { title: 'CLIPS', of: (row: Notice) => String(row.released.content), align: 'right' },
  { title: 'CHALLENGE BY', of: (row: Notice) => row.challengeBy ?? '-' },
  { title: 'LEFT', of: (row: Notice) => row.disclosedAt ?? 'not yet' },
] as const;
