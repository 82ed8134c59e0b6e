/** `doorbell events`: what doorbells reported, and with --follow what they report. */
import { type Command, Option } from 'commander';
import { z } from 'zod';
import { type EventView, eventView } from '../../cloud-stub/api/views.ts';
import { eventKinds } from '../../device/wire/messages.ts';
import { atLeastOne } from './arguments.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { localTime, printRows } from './output.ts';

const page = z.object({ items: z.array(eventView), next: z.string().nullable() });

type EventOptions = ClientOptions & {
  readonly thing?: string;
  readonly kind?: readonly string[];
  readonly limit: number;
  readonly follow?: boolean;
  readonly json?: boolean;
};

export function addEventCommand(program: Command): void {
  clientOptions(program.command('events').description('what doorbells reported, the newest first'))
    .option('--thing <thing>', 'of this doorbell only')
    .addOption(new Option('--kind <kind...>', 'of these kinds only').choices(eventKinds))
    .option('--limit <count>', 'at most this many', atLeastOne, 20)
    .option('--follow', 'go on with what happens, until Ctrl-C')
    .option('--json', 'print JSON; with --follow one line an event')
    .action(async (options: EventOptions) => {
      const client = new CloudClient(options);
      if (options.follow === true) await follow(client, options);
      else await list(client, options);
    });
}

async function list(client: CloudClient, options: EventOptions): Promise<void> {
  const query = new URLSearchParams({ limit: String(Math.min(100, options.limit)) });
  if (options.thing !== undefined) query.set('thing', options.thing);
  for (const kind of options.kind ?? []) query.append('kind', kind);
  const events: EventView[] = [];
  for (;;) {
    const { items, next } = await client.json(page, 'GET', `/v1/events?${query}`);
    events.push(...items.slice(0, options.limit - events.length));
    if (next === null || events.length >= options.limit) break;
    query.set('cursor', next);
  }
  printRows<EventView>(
    events,
    [
      { title: 'AT', of: ({ at }) => localTime(Date.parse(at)) },
      { title: 'DOORBELL', of: ({ thing }) => thing },
      { title: 'EVENT', of: ({ kind }) => kind },
      { title: 'CLIP', of: ({ clip }) => clip ?? '-' },
      { title: 'DETAIL', of: detail },
    ],
    { json: options.json, none: 'no events yet' },
  );
}

const detail = ({ data }: EventView): string =>
  Object.entries(data)
    .filter(([, value]) => typeof value !== 'object')
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(' ');

/** Reads server-sent events line by line (WHATWG HTML, 9.2). */
async function follow(client: CloudClient, options: EventOptions): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const response = await client.request('GET', '/v1/events/stream');
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  stop.signal.addEventListener('abort', () => void reader.cancel());
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const messages = text.split('\n\n');
    text = messages.pop() ?? '';
    for (const message of messages) tell(message, options);
  }
}

function tell(message: string, options: EventOptions): void {
  if (!/^event: event$/m.test(message)) return;
  const event = eventView.parse(JSON.parse(/^data: (.*)$/m.exec(message)?.[1] ?? ''));
  if (options.thing !== undefined && event.thing !== options.thing) return;
  if (options.kind !== undefined && !options.kind.includes(event.kind)) return;
  if (options.json === true) console.log(JSON.stringify(event));
  else {
    const at = localTime(Date.parse(event.at));
    console.log(
      `${at}  ${event.thing}  ${event.kind}  ${event.clip ?? ''}  ${detail(event)}`.trimEnd(),
    );
  }
}
