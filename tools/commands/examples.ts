/** What stands below each command's help: how it is called, with values of the kind it takes. */
import type { Command } from 'commander';

const demand = '01M2GHX1PQ0000000000000000';
const hold = '01M2GHX8T40000000000000000';
const clip = '01M2GHWTC07777777777777777';

/** By the words that call it; each a line that could be typed. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  up: ['--footage porch.mp4', '--virtual-clock --at 2026-09-01T12:00:00Z'],
  cloud: ['--data /var/lib/doorbell --owner demo', '--broker mqtts://broker.example:8883'],
  device: [
    '--broker mqtts://cloud.example:8883 --identity front-door/',
    '--source rtsp://camera.local/stream --thing front-door',
  ],
  'pki show': [''],
  'pki issue': ['front-door --out front-door/'],
  'pki revoke': ['front-door'],
  'clock show': [''],
  'clock advance': ['60d', '90m'],
  press: ['', 'front-door'],
  snapshot: ['front-door'],
  clips: ['--trigger ding --from 2026-09-01 --limit 20'],
  'clip get': ['latest', `${clip} --out ring.mp4`, 'latest --key owner-key.pem'],
  'clip delete': [clip, '--all --thing front-door --to 2026-09-01'],
  'clip open': ['data/clips/01.mp4 --key owner-key.pem --record data/records/clips/01.json'],
  events: ['--follow', '--kind ding motion-began --limit 20'],
  'key create': ['--out owner-key.pem'],
  'key show': ['owner-key.pem'],
  'account open': ['Ann'],
  'account list': [''],
  'account token': ['Ann'],
  'account plan': ['Ann --name plus --window 180d', 'Ann --lapse'],
  'account show': [''],
  'account accesses': ['--limit 20'],
  'account download': ['--out all-my-footage.tar'],
  'account close': ['--yes'],
  claim: ['front-door --account Ann', 'front-door --account Ann --release'],
  notices: [''],
  challenge: [`${demand} "the demand names the wrong house"`],
  waive: [demand],
  consent: [`${demand} --clip front-door/${clip}`, `${demand} --revoke`],
  'demo-office': ['--out bag/'],
  'agency add': ['"Springfield Police" --domain police.springfield.example --cases "26-\\d{6}"'],
  'agency list': [''],
  'agency verify': [demand],
  'principal add': [
    '"Olin" --role agency-officer --agency "Springfield Police"',
    '"Rhea" --role reviewer',
  ],
  'principal list': [''],
  'principal token': ['Rhea'],
  'principal revoke': ['Rhea'],
  'demand form': ['> form.json'],
  'demand submit': ['form.json warrant.pdf'],
  'demand answer': [`${demand} form.json warrant-page-3.pdf`],
  'demand list': ['--stage in-review'],
  'demand show': [demand],
  'demand items': [demand],
  'demand paper': [`${demand} --out warrant.pdf`],
  'demand bag': [`${demand} --out bag.tar`],
  'demand intake': [`${demand} --pages 3 --filter plain`],
  'demand review': [`${demand} --seen 4 --clear V07`],
  'demand advise': [`${demand} --seen 4`],
  'demand refuse': [`${demand} --seen 4 --reason overbroad`],
  'demand approve': [`${demand} --seen 5`],
  'demand move': [`${demand} --ground undue-burden --because "a whole month for one evening"`],
  'demand end-challenge': [`${demand} --upheld`, `${demand} --from 2026-09-01 --to 2026-09-02`],
  'demand lift-silence': [demand],
  'demand seal': [demand],
  'demand deliver': [demand],
  'demand withdraw': [demand],
  'hold list': ['--open'],
  'hold show': [hold],
  'hold place': [`--basis ${demand} --thing front-door --from 2026-09-01 --to 2026-09-02`],
  'hold proposals': [''],
  'hold approve': [hold],
  'hold renew': [`${hold} --request ${'9f'.repeat(32)}`],
  'hold release': [hold],
  verify: ['bag/', 'bag/ --trust root.pem --ledger-key ledger-key.txt'],
  'seal-root': ['> root.pem'],
  capabilities: ['> statement.txt', '--check statement.txt'],
  transparency: [
    '2026',
    '2026-H1 --html report.html',
    '2026-03 --ledger ledger/ --against report.json',
  ],
  fsck: ['', '--data /var/lib/doorbell --json'],
  'ledger show': ['--kind purged --limit 20', `--clip front-door/${clip}`],
  'ledger checkpoint': ['> checkpoint.txt'],
  'ledger export': ['ledger/'],
  'ledger prove': ['42', '42 --tlog'],
  'ledger certificate': [`front-door/${clip} > certificate.json`],
  'ledger check': ['proof.json --key ledger-key.txt'],
  'ledger verify': ['', 'ledger/ --key ledger-key.txt --against checkpoint.txt'],
  'backup take': ['/mnt/backups/2026-09-01'],
  'backup retire': [demand],
  restore: ['/mnt/backups/2026-09-01', '/mnt/backups/2026-09-01 --newer /mnt/old-disk/data'],
  'confirm-clock': [''],
  score: ['porch.mp4 --html report/', 'fixtures/scenes --json'],
  stress: ['fixtures/scenes'],
  compare: ['fixtures/scenes'],
  'scenario run': ['fixtures/scenarios', 'my-story.yaml --profile ring-2019 --seed 7'],
  'scenario table': ['fixtures/scenarios'],
  'scenario schema': ['> scenario.schema.json'],
};

/** The examples of a command and of those below it, at the end of their help. */
export function showExamples(command: Command, words: readonly string[] = []): void {
  const name = words.join(' ');
  const lines = examplesOf(name).map((line) => `  doorbell ${line}`);
  if (lines.length > 0) {
    command.addHelpText('after', `\nFor example:\n${lines.join('\n')}`);
  }
  for (const each of command.commands) showExamples(each, [...words, each.name()]);
}

const examplesOf = (name: string): readonly string[] =>
  (examples[name] ?? []).map((rest) => `${name} ${rest}`.trim());
