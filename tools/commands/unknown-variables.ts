/** Tells of variables that look like ours and set nothing: a typing error would else go unnoticed. */
import { cloudSettings } from '../../cloud-stub/config.ts';
import { configLeaves } from '../../device/config.ts';

const otherNames = [
  'DOORBELL_CONFIG',
  'DOORBELL_DATA',
  'DOORBELL_ENROL',
  'DOORBELL_ENROL_SECRET',
  'DOORBELL_HEALTH_URL',
  'DOORBELL_SCENE',
  'DOORBELL_TOKEN',
  'DOORBELL_URL',
];

/** Container engines make variables out of services' names: `CLOUD_PORT=tcp://10.0.0.1:8080`, `CLOUD_SERVICE_HOST`. */
const isFromEngine = (name: string, value: string): boolean =>
  value.startsWith('tcp://') || /_(SERVICE|TCP|UDP)_/.test(name);

export function warnOfUnknownVariables(
  prefixes: readonly ('CLOUD' | 'DOORBELL')[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const known = new Set([
    ...otherNames,
    ...[...configLeaves, ...cloudSettings].map(({ variable }) => variable),
  ]);
  for (const [name, value] of Object.entries(environment)) {
    const isOurs = prefixes.some((prefix) => name.startsWith(`${prefix}_`));
    if (!isOurs || known.has(name) || isFromEngine(name, value ?? '')) continue;
    console.error(`doorbell: ${name} sets nothing: there is no such variable`);
  }
}
