/** What the desk's people do in a matter: one command for each act. */
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { motionGrounds } from '../../cloud-stub/legal/process-rules.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { matterText } from './matter-text.ts';
import { printJson } from './output.ts';

type Options = ClientOptions & { readonly json?: boolean };

export function addDemandActs(demand: Command): void {
  act(demand, 'intake', 'take in: what only a person can tell of the paper')
    .requiredOption('--pages <count>', 'pages there are', whole)
    .option('--missing <attachment>', 'an attachment that is missing; may be repeated', collect, [])
    .option('--filter <kind>', 'plain, protected-activity or status, for each filter', collect, [])
    .option('--call-back <outcome>', 'of an emergency: passed, failed or not-made', 'not-made')
    .option('--silence-names-process', 'the order of silence names this process itself')
    .action((id: string, options: IntakeOptions) =>
      post(options, id, 'intake', {
        pages: options.pages,
        attachmentsMissing: options.missing,
        filters: options.filter,
        callBack: options.callBack,
        silenceNamesProcess: options.silenceNamesProcess === true,
      }),
    );
  for (const [name, where, description] of [
    ['review', 'review', 'sign as a reviewer'],
    ['advise', 'opinion', "give counsel's opinion"],
  ] as const) {
    signing(act(demand, name, description)).action((id: string, options: ReviewOptions) => {
      const { seen, narrow, confirm, clear } = options;
      return post(options, id, where, { seen, narrow, confirm, clear });
    });
  }
  act(demand, 'refuse', 'refuse, with a reason of the list')
    .requiredOption('--seen <version>', 'the version you have read', whole)
    .requiredOption('--reason <reason>', 'such as overbroad or wrong_entity')
    .action((id: string, options: Options & { seen: number; reason: string }) =>
      post(options, id, 'refusal', { seen: options.seen, reason: options.reason }),
    );
  act(demand, 'approve', 'approve what was reviewed')
    .requiredOption('--seen <version>', 'the version you have read', whole)
    .action((id: string, options: Options & { seen: number }) =>
      post(options, id, 'approval', { seen: options.seen }),
    );
  act(demand, 'move', 'tell that counsel moves, for the provider, to quash or modify it')
    .requiredOption('--ground <ground>', motionGrounds.join(', '))
    .requiredOption('--because <text>', 'what stands in the motion')
    .action((id: string, options: Options & { ground: string; because: string }) =>
      post(options, id, 'motion', { ground: options.ground, because: options.because }),
    );
  act(demand, 'end-challenge', "record a court's word on the owner's challenge, or on your motion")
    .option('--upheld', 'the demand is quashed; without it the answer stands')
    .option('--from <time>', 'of a motion: it was modified, and begins only then')
    .option('--to <time>', 'of a motion: it was modified, and ends already then')
    .option('--class <class>', 'of a motion: a class that is left; may be repeated', collect, [])
    .action((id: string, options: EndOptions) => {
      const { from, to, class: classes, upheld = false } = options;
      const modified = {
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
        ...(classes.length === 0 ? {} : { classes }),
      };
      const isModified = Object.keys(modified).length > 0;
      return post(options, id, 'challenge-end', { upheld, ...(isModified ? { modified } : {}) });
    });
  act(demand, 'lift-silence', 'record that a court lifted the silence').action(
    (id: string, options: Options) => send(options, 'DELETE', id, 'silence'),
  );
  act(demand, 'seal', 'freeze, build and seal the bag').action((id: string, options: Options) =>
    send(options, 'POST', id, 'seal'),
  );
  act(demand, 'deliver', 'hand the bag over').action((id: string, options: Options) =>
    send(options, 'POST', id, 'delivery'),
  );
  act(demand, 'withdraw', 'withdraw a demand of your agency').action(
    (id: string, options: Options) => send(options, 'POST', id, 'withdrawal'),
  );
}

type IntakeOptions = Options & {
  readonly pages: number;
  readonly missing: readonly string[];
  readonly filter: readonly string[];
  readonly callBack: string;
  readonly silenceNamesProcess?: boolean;
};
type EndOptions = Options & {
  readonly upheld?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly class: readonly string[];
};
type ReviewOptions = Options & {
  readonly seen: number;
  readonly narrow: readonly string[];
  readonly confirm: readonly string[];
  readonly clear: readonly string[];
};

const act = (demand: Command, name: string, description: string): Command =>
  clientOptions(demand.command(`${name} <demand>`).description(description)).option(
    '--json',
    'print JSON',
  );

const signing = (command: Command): Command =>
  command
    .requiredOption('--seen <version>', 'the version you have read', whole)
    .option('--narrow <item>', 'cut this item out, by key; may be repeated', collect, [])
    .option('--confirm <item>', 'its time is not in doubt; may be repeated', collect, [])
    .option('--clear <check>', 'clear this check, V01 to V20; may be repeated', collect, []);

const post = (options: Options, id: string, where: string, body: object): Promise<void> =>
  send(options, 'POST', id, where, body);

async function send(
  options: Options,
  method: string,
  id: string,
  where: string,
  body?: object,
): Promise<void> {
  const url = `/v1/demands/${encodeURIComponent(id)}/${where}`;
  const matter = z.looseObject({ demand: z.string(), stage: z.string() });
  const found = await new CloudClient(options).json(matter, method, url, body);
  if (options.json === true) printJson(found);
  else console.log(matterText(found));
}

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

function whole(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new InvalidArgumentError('expected a whole number from 0.');
  }
  return count;
}
