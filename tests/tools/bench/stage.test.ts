import { expect, it } from 'vitest';
import { enforcedIn } from '../../../tools/bench/stage.ts';

it('reads how often the broker enforced each row', () => {
  const metrics = [
    '# HELP doorbell_broker_enforced_total How often a row of the broker profile was enforced',
    '# TYPE doorbell_broker_enforced_total counter',
    'doorbell_broker_enforced_total{row="bytes-in-per-second"} 12',
    'doorbell_broker_enforced_total{row="payload"} 1',
    'doorbell_ingest_messages_total 40',
  ].join('\n');
  expect(enforcedIn(metrics)).toEqual({ 'bytes-in-per-second': 12, payload: 1 });
});
