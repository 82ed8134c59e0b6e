/** `doorbell device`: one doorbell, against any cloud. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Command } from 'commander';
import { type Config, configLeaves, readConfig } from '../../device/config.ts';
import { createLog } from '../../device/log.ts';
import { mendableSentence, runDoorbell } from '../../device/main.ts';
import { CommandFailure } from './failure.ts';
import { placesOf } from './places.ts';
import { demoFootage, sceneFootage } from './scene.ts';
import { settingHelp } from './setting-help.ts';
import { stopSignal } from './stopping.ts';
import { warnOfUnknownVariables } from './unknown-variables.ts';

type DeviceOptions = Readonly<Record<string, string>>;

export function addDeviceCommand(program: Command): void {
  const command = program
    .command('device')
    .description('run one doorbell')
    .option(
      '--config <file>',
      'settings as JSON (DOORBELL_CONFIG); environment and options overrule it',
    )
    .option('--data <folder>', 'data folder (default: DOORBELL_DATA, else .data)')
    .option(
      '--scene <name>',
      "replay a scene of fixtures/; any: one by the doorbell's name (DOORBELL_SCENE)",
    )
    .option(
      '--enrol <url>',
      'get an identity from this cloud, if there is none yet (DOORBELL_ENROL)',
    )
    .option('--enrol-secret <file>', 'what proves that it may (DOORBELL_ENROL_SECRET)')
    .addHelpText(
      'after',
      '\nEvery setting can stand in the settings file, in its variable, or as an option.',
    );
  for (const leaf of configLeaves) {
    command.option(`${leaf.flag} <${leaf.type}>`, settingHelp(leaf));
  }
  command.action(async (options: DeviceOptions) => {
    const stop = stopSignal();
    warnOfUnknownVariables();
    const end = await orSentence(async () => {
      const config = deviceConfig(options);
      await enrolIfAsked(options, config, stop);
      return runDoorbell({ config, log: createLog(config), stop });
    });
    if (end.kind === 'failed') throw end.error;
    process.exit(0); // the AWS SDK keeps a process alive after everything is closed
  });
}

async function enrolIfAsked(
  options: DeviceOptions,
  config: Config,
  stop: AbortSignal,
): Promise<void> {
  const url = options['enrol'] ?? process.env['DOORBELL_ENROL'];
  if (url === undefined) return;
  const secretFile = options['enrolSecret'] ?? process.env['DOORBELL_ENROL_SECRET'];
  if (secretFile === undefined) throw new CommandFailure('--enrol needs --enrol-secret', 2);
  // Only then: a doorbell that has an identity does not carry the makings of certificates about.
  const { enrol } = await import('./enrolment.ts');
  await enrol({ thing: config.thing, url, secretFile, folder: config.identity, stop });
}

/** Settings from file, environment and options; identity and flash lie below the data folder unless told. */
function deviceConfig(options: DeviceOptions): Config {
  const name = options['config'] ?? process.env['DOORBELL_CONFIG'];
  const file = name === undefined ? null : { name, text: readText(name) };
  const flags: Record<string, unknown> = {};
  for (const { path, flag } of configLeaves) flags[path] = options[camelCase(flag)];
  // Containers of one service differ in nothing but their host name.
  const named = (text: string): string => text.replace('{hostname}', hostname());
  const environment = { ...process.env };
  if (environment['DOORBELL_THING'] !== undefined) {
    environment['DOORBELL_THING'] = named(environment['DOORBELL_THING']);
  }
  if (typeof flags['thing'] === 'string') flags['thing'] = named(flags['thing']);
  const sources = { file, environment, flags };
  const told = readConfig(sources);
  const scene = options['scene'] ?? environment['DOORBELL_SCENE'];
  const untold = readConfig({ file: null, environment: {}, flags: {} });
  const places = placesOf(options['data']);
  // Untold, it sees what ships with the project, whatever folder it was started in.
  const source = told.source === untold.source ? demoFootage : told.source;
  return readConfig({
    ...sources,
    flags: {
      ...flags,
      source: scene === undefined ? source : sceneFootage(scene, told.thing),
      identity: told.identity === untold.identity ? places.identity(told.thing) : told.identity,
      flash: told.flash === untold.flash ? `${places.device(told.thing)}/flash` : told.flash,
    },
  });
}

/** What the user can mend becomes one sentence and exit code 2. */
export async function orSentence<Result>(act: () => Promise<Result>): Promise<Result> {
  try {
    return await act();
  } catch (error) {
    const sentence = mendableSentence(error);
    if (sentence === null) throw error;
    throw new CommandFailure(sentence, 2, { cause: error });
  }
}

function readText(name: string): string {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    throw new CommandFailure(`the settings file ${name} cannot be read`, 2, { cause: error });
  }
}

const camelCase = (flag: string): string =>
  flag.replace(/^--/, '').replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
