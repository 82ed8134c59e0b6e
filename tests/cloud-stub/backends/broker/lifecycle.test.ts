import { expect, test } from 'vitest';
import { Lifecycle } from '../../../../cloud-stub/backends/broker/lifecycle.ts';
import { epochMs, hours, milliseconds, minutes } from '../../../../device/wire/time.ts';

const who = {
  clientId: 'porch',
  sessionIdentifier: 'a4666d2a-7d84-4ae4-ac5d-7b38c9cb7967',
  principalIdentifier: '12ab',
  ipAddress: '192.0.2.1',
};
const now = epochMs(1_573_002_230_757);
const start = milliseconds(0);
const lost = { reason: 'CONNECTION_LOST', because: 'the socket closed' } as const;

test('connecting and leaving are told in the words of AWS IoT Core', () => {
  const lifecycle = new Lifecycle();
  expect(lifecycle.connected(who, now, start)).toEqual({
    topic: '$aws/events/presence/connected/porch',
    payload: { ...who, timestamp: now, eventType: 'connected', versionNumber: 0 },
  });
  expect(lifecycle.disconnected(who, lost, now, start)).toEqual({
    topic: '$aws/events/presence/disconnected/porch',
    payload: {
      ...who,
      timestamp: now,
      eventType: 'disconnected',
      clientInitiatedDisconnect: false,
      disconnectReason: 'CONNECTION_LOST',
      versionNumber: 0,
    },
  });
  const goodbye = { reason: 'CLIENT_INITIATED_DISCONNECT', because: '' } as const;
  expect(lifecycle.disconnected(who, goodbye, now, start).payload).toMatchObject({
    clientInitiatedDisconnect: true,
    disconnectReason: 'CLIENT_INITIATED_DISCONNECT',
  });
  expect(lifecycle.connectFailed(who, now)).toEqual({
    topic: '$aws/events/presence/connect_failed/porch',
    payload: {
      ...who,
      timestamp: now,
      eventType: 'connect_failed',
      connectFailureReason: 'AUTHORIZATION_FAILED',
    },
  });
});

test('subscribing and unsubscribing name the filters', () => {
  const change = { kind: 'subscribed', topics: ['dn/porch/#'] } as const;
  const { ipAddress: _, ...principal } = who;
  expect(new Lifecycle().subscriptions(who, change, now)).toEqual({
    topic: '$aws/events/subscriptions/subscribed/porch',
    payload: { ...principal, timestamp: now, eventType: 'subscribed', topics: ['dn/porch/#'] },
  });
});

test('the version is the same for a connection and its end, grows, and starts anew after an hour away', () => {
  const lifecycle = new Lifecycle();
  const versions = (connectMs: number, leaveMs: number) => [
    lifecycle.connected(who, now, milliseconds(connectMs)).payload.versionNumber,
    lifecycle.disconnected(who, lost, now, milliseconds(leaveMs)).payload.versionNumber,
  ];
  expect(versions(0, minutes(90))).toEqual([0, 0]);
  expect(versions(minutes(91), minutes(92))).toEqual([1, 1]);
  expect(versions(minutes(92) + hours(1) - 1, minutes(200))).toEqual([2, 2]);
  expect(versions(minutes(200) + hours(1), minutes(300))).toEqual([0, 0]);
});
