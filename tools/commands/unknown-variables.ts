/** Tells of variables that look like ours and set nothing: a typing error would else go unnoticed. */
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

/** Container engines make variables of a service's name: `DOORBELL_PORT=tcp://10.0.0.1:80`, `DOORBELL_SERVICE_HOST`. */
const isFromEngine = (name: string, value: string): boolean =>
  value.startsWith('tcp://') || /_(SERVICE|TCP|UDP)_/.test(name);

export function warnOfUnknownVariables(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const known = new Set([...otherNames, ...configLeaves.map(({ variable }) => variable)]);
  for (const [name, value] of Object.entries(environment)) {
    // Of the cloud's prefix others have variables too (CLOUD_SDK_CONFIG).
    if (!name.startsWith('DOORBELL_') || known.has(name) || isFromEngine(name, value ?? ''))
      continue;
    console.error(`doorbell: ${name} sets nothing: there is no such variable`);
  }
}
