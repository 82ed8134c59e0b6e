import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Caller, routeTable } from '../../../cloud-stub/api/route-table.ts';
import { openMemoryLedgerSigner } from '../../../cloud-stub/backends/ledger-key.ts';
import { openMemoryCatalogue } from '../../../cloud-stub/backends/sqlite-catalogue.ts';
import { readCheckpoint } from '../../../cloud-stub/custody/checkpoint.ts';
import { openNote, writeNote } from '../../../cloud-stub/custody/signed-note.ts';
import {
  absentCapabilities,
  capabilityStatement,
  suspects,
} from '../../../cloud-stub/legal/capabilities.ts';
import { shippedRules } from '../../../cloud-stub/legal/rules/shipped-rules.ts';
import { searchCapabilities } from '../../../tools/commands/capabilities-search.ts';
import { openCatalogueForTest } from '../../support/cloud/catalogue-rows.ts';
import { seededEntropy } from '../../support/cloud/clip-samples.ts';

const root = join(import.meta.dirname, '../../..');
const searchedHere = async () =>
  searchCapabilities((await openCatalogueForTest(openMemoryCatalogue)).read);

describe('no face, no biometrics, no live view for agencies [CAP-1]', () => {
  test('no route, package or record field offers it', async () => {
    const searched = await searchedHere();
    expect(searched.routes.length).toBeGreaterThan(20);
    expect(searched.packages.length).toBeGreaterThan(200);
    expect(searched.records).toEqual(
      expect.arrayContaining([
        'clips.opening',
        'ledger.facts',
        'demand-received',
        'ding',
        'content',
      ]),
    );
    expect(suspects(searched)).toEqual([]);
  });

  test.each([
    'GET /v1/clips/:clip/faces',
    '@vladmandic/face-api',
    'opencv4nodejs',
    '@tensorflow/tfjs-node',
    'onnxruntime-node',
    'tesseract-recognizer',
    'clips.faceEmbedding',
    'visitors.biometrics',
    'person-recognised',
    'voiceprint',
    'POST /v1/intercepts',
    'alpr',
  ])('the search would find %s', (name) => {
    expect(suspects({ routes: [name], packages: [], records: [] })).toEqual([name]);
  });

  test.each(['interface', 'surface.area', 'GET /v1/facts'])(
    'it does not take %s for one',
    (name) => {
      expect(suspects({ routes: [], packages: [], records: [name] })).toEqual([]);
    },
  );

  test('what shows or starts a picture of now is open to owners and whom they share with, to nobody else', () => {
    const home = new Set<Caller>(['owner', 'shared-user']);
    const live = Object.entries(routeTable).filter(([route]) =>
      /\/(live|snapshot|press|frame|camera|stream)s?($|\/)/.test(route),
    );
    expect(live.map(([route]) => route)).toEqual(
      expect.arrayContaining(['GET /v1/devices/:thing/live', 'POST /v1/devices/:thing/snapshot']),
    );
    for (const [route, { who }] of live) {
      const strangers = who === 'anyone' ? ['anyone'] : who.filter((caller) => !home.has(caller));
      expect([route, strangers]).toEqual([route, []]);
    }
  });

  test('interception is refused whatever the process, in every rule in force', () => {
    const rules = shippedRules.filter(({ process }) => process === 'live-intercept');
    expect(rules.length).toBeGreaterThan(0);
    for (const rule of rules) expect(rule.refusedAs).toBe('capability_absent');
  });

  test('no source imports a package of that kind', () => {
    const imports = ['device', 'cloud-stub'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
        .flatMap((name) => [
          ...readFileSync(join(root, folder, name), 'utf8').matchAll(/ from '([^'.][^']*)'/g),
        ]),
    );
    const packages = [...new Set(imports.map(([, name]) => name ?? ''))];
    expect(packages.length).toBeGreaterThan(10);
    expect(suspects({ routes: [], packages, records: [] })).toEqual([]);
  });
});

test('no route or record tells how an owner answered a voluntary request [LEG-7]', async () => {
  const { routes, records } = await searchedHere();
  const told = /voluntar|portal|opt(ed)?-?(in|out)|declin|neighbou?r/i;
  // The one word of the owner's that a demand goes by is a consent to that demand.
  expect([...routes, ...records].filter((name) => told.test(name))).toEqual([]);
  for (const name of ['portalResponses.account', 'owners.optedOut', 'request-declined']) {
    expect(told.test(name)).toBe(true);
  }
});

describe('no part of the cloud can open what a doorbell sealed for its owner [EXP-5, I24]', () => {
  const folder = join(root, 'cloud-stub');
  const key = /\bcreateECDH\b|\bdiffieHellman\b|\bderiveBits\b/;
  const opener = /from '[^']*(console\/app\/|\/footage-sealing|\/hpke)/;
  const couldOpen = (text: string): boolean =>
    text.split('\n').some((line) => key.test(line) || opener.test(line));

  test('as its sources show', () => {
    // The page's code runs in its owner's browser; the cloud serves it as it serves a style sheet.
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !name.startsWith('console/app/'),
    );
    expect(names.length).toBeGreaterThan(200);
    const found = names.filter((name) => couldOpen(readFileSync(join(folder, name), 'utf8')));
    expect(found).toEqual([]);
  });

  test.each([
    "import { openClip } from '../console/app/sealed-footage.ts';",
    "import { sealClip } from '../../device/wire/footage-sealing.ts';",
    "const pair = createECDH('prime256v1');",
  ])('the search would find %s', (line) => {
    expect(couldOpen(line)).toBe(true);
  });
});

test('the statement is signed, says what was searched, and is never taken for a checkpoint [CAP-1]', async () => {
  const signer = openMemoryLedgerSigner(seededEntropy('ledger'));
  const searched = await searchedHere();
  const text = capabilityStatement({ origin: signer.name, version: '1.2.3' }, searched);
  const note = writeNote(text, signer, await signer.sign(Buffer.from(text)));
  const opened = openNote(note, signer);
  expect(opened).toEqual({ ok: true, text });
  const [first, version, ...rest] = text.split('\n');
  expect([first, version]).toEqual([`${signer.name}/capabilities`, 'version 1.2.3']);
  expect(rest.slice(0, absentCapabilities.length)).toEqual(absentCapabilities);
  expect(rest.slice(absentCapabilities.length)).toEqual([
    expect.stringMatching(/^routes \d+ sha256:[0-9a-f]{64}$/) as string,
    expect.stringMatching(/^packages \d+ sha256:[0-9a-f]{64}$/) as string,
    expect.stringMatching(/^records \d+ sha256:[0-9a-f]{64}$/) as string,
    '',
  ]);
  expect(readCheckpoint(note, signer).ok).toBe(false);
  const other = { ...searched, routes: [...searched.routes, 'GET /v1/more'] };
  expect(capabilityStatement({ origin: signer.name, version: '1.2.3' }, other)).not.toBe(text);
});
