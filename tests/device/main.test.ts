import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, onTestFinished } from 'vitest';
import { withFfmpeg as test, testPicture } from '../support/footage/test-footage.ts';
import { createTestAuthority } from '../support/links/link-certificates.ts';
import { permanentFolder } from '../support/permanent-folder.ts';
import { waitFor } from '../support/wait-for.ts';

const folder = permanentFolder();
const main = fileURLToPath(new URL('../../device/main.ts', import.meta.url));
let footage = '';

beforeAll(async () => {
  footage = await testPicture(folder);
  const authority = await createTestAuthority();
  const pair = await authority.issue('front-door', []);
  writeFileSync(join(folder, 'key.pem'), pair.keyPem, { mode: 0o600 });
  writeFileSync(join(folder, 'certificate.pem'), pair.certificatePem);
  writeFileSync(join(folder, 'ca.pem'), authority.authorityPem);
});

type Run = {
  readonly child: ChildProcess;
  readonly said: () => string;
  exit(): Promise<number | null>;
};

/** A doorbell without a broker; `flags` overrule. */
function start(flags: Readonly<Record<string, string>>, env: Record<string, string> = {}): Run {
  const all = {
    source: footage,
    identity: folder,
    flash: join(folder, 'flash'),
    broker: 'mqtt://localhost:1',
    'panel-port': '0',
    ...flags,
  };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...env } });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => {
      said += text.toString();
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, said: () => said, exit: () => exited };
}

async function panelOf(run: Run): Promise<string> {
  const found = (): string | undefined => /"panelUrl":"([^"]+)"/.exec(run.said())?.[1];
  await waitFor('the panel', () => found() !== undefined);
  return found() ?? '';
}

describe('what the user can mend is one sentence and exit code 2', () => {
  test.each([
    [
      'no footage',
      { source: 'no-such.mp4' },
      {},
      /^doorbell: footage .*no-such\.mp4: nothing there/,
    ],
    ['no identity', { identity: '/nowhere' }, {}, /^doorbell: \/nowhere\/key\.pem: no such file/],
    ['a bad setting', { pace: 'slow' }, {}, /^doorbell: pace \(from --pace\) is "slow"/],
    ['an unknown flag', { colour: 'red' }, {}, /^doorbell: Unknown option '--colour'/],
    ['no usable ffmpeg', {}, { FFMPEG_BIN: '/nowhere' }, /^doorbell: no usable ffmpeg .*\/nowhere/],
    ['a broken script', { script: '/nowhere.json' }, {}, /^doorbell: script \/nowhere\.json/],
    [
      'a missing settings file',
      { config: '/nowhere.json' },
      {},
      /^doorbell: settings file .nowhere/,
    ],
  ] as const)('%s', async (_name, flags, env, sentence) => {
    const run = start(flags, env);
    expect(await run.exit()).toBe(2);
    expect(run.said().trim().split('\n')).toEqual([expect.stringMatching(sentence)]);
  });

  test('footage without pictures, found when the camera starts', async () => {
    const empty = join(folder, 'empty.mp4');
    writeFileSync(empty, '');
    const run = start({ source: empty, 'log-level': 'silent' });
    expect(await run.exit()).toBe(2);
    expect(run.said()).toMatch(
      /^doorbell: footage .*empty\.mp4: an empty file, expected a video\n$/,
    );
  });
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends it in good order, with exit code 0',
  async (signal) => {
    const run = start({ flash: join(folder, signal) });
    const panel = await panelOf(run);
    await waitFor('pictures', async () => {
      const state = (await (await fetch(`${panel}/state`)).json()) as { picture?: string };
      return state.picture === 'running';
    });
    run.child.kill(signal);
    expect(await run.exit()).toBe(0);
  },
);

test('a press at the panel begins a ding clip', async () => {
  const run = start({ flash: join(folder, 'press') });
  const panel = await panelOf(run);
  await waitFor('the picture', async () => (await fetch(`${panel}/frame.jpg`)).status === 200);
  expect((await fetch(`${panel}/press`, { method: 'POST' })).status).toBe(202);
  await waitFor('the clip', async () => {
    const state = (await (await fetch(`${panel}/state`)).json()) as {
      recordingClip?: string | null;
    };
    return typeof state.recordingClip === 'string';
  });
});
