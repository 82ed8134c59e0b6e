/** Hosts a link in a process of its own and drives it by messages; see child-link.ts. */
import type { Link } from '../../../device/board.ts';
import { AwsCrtLink } from '../../../device/peripherals/aws-crt-link.ts';
import { SystemClock } from '../../../device/peripherals/system-clock.ts';
import type { LinkOrder, LinkReport } from './child-link.ts';

let link: Link | null = null;

const report = (message: LinkReport): void => {
  process.send?.(message);
};

async function obey(order: LinkOrder): Promise<void> {
  switch (order.do) {
    case 'make':
      link = new AwsCrtLink(new SystemClock(), order.address);
      return;
    case 'open':
      return link?.open({
        clientId: order.clientId,
        filters: order.filters,
        onMessage: (topic, payload) => report({ kind: 'message', topic, payload }),
        onClosed: (because) => report({ kind: 'closed', because }),
      });
    case 'publish':
      return link?.publish(order.topic, order.payload, order.qos);
    case 'close':
      return link?.close();
  }
}

process.on('message', (order: LinkOrder) => {
  obey(order).then(
    () => report({ kind: 'done', id: order.id }),
    (error: Error) =>
      report({ kind: 'failed', id: order.id, name: error.name, message: error.message }),
  );
});
// The SDK would keep the process alive for ever.
process.on('disconnect', () => process.exit(0));
report({ kind: 'ready' });
