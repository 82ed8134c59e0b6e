/** `doorbell press` and `doorbell snapshot`: what a finger and an owner do. */
import type { Command } from 'commander';
import { z } from 'zod';
import { deviceView } from '../../cloud-stub/api/views.ts';
import { type ClientOptions, CloudClient, clientOptions } from './client.ts';
import { CommandFailure } from './failure.ts';
import { printJson } from './output.ts';

export function addActionCommands(program: Command): void {
  const acts = [
    ['press', "press a doorbell's button (where the doorbell runs beside its cloud)", 'pressed'],
    ['snapshot', 'ask a doorbell for a picture', 'asked for a picture, which comes with a clip'],
  ] as const;
  for (const [act, description, done] of acts) {
    clientOptions(program.command(`${act} [thing]`).description(description))
      .option('--json', 'print JSON')
      .action(async (thing: string | undefined, options: ClientOptions & { json?: boolean }) => {
        const client = new CloudClient(options);
        const name = thing ?? (await onlyDevice(client));
        await client.request('POST', `/v1/devices/${encodeURIComponent(name)}/${act}`);
        if (options.json === true) printJson({ thing: name, done: act });
        else console.log(`${name}: ${done}`);
      });
  }
}

/** With one doorbell there is no need to name it. */
async function onlyDevice(client: CloudClient): Promise<string> {
  const { items } = await client.json(
    z.object({ items: z.array(deviceView) }),
    'GET',
    '/v1/devices',
  );
  const [only] = items;
  if (only !== undefined && items.length === 1) return only.thing;
  const names = items.map(({ thing }) => thing).join(', ');
  throw new CommandFailure(
    items.length === 0 ? 'the account has no doorbell' : `which doorbell? One of ${names}`,
    2,
  );
}
