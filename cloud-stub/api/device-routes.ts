/** Doorbells: how they are, what they should do, and what they see now. */
import { z } from 'zod';
import { settingsMessageSchema } from '../../device/wire/messages.ts';
import type { CommandOutcome } from '../services/devices/commands.ts';
import type { ApiContext, ApiServer } from './api-context.ts';
import { ownerOf } from './authentication.ts';
import { sendLiveView } from './live-view.ts';
import { media, notFound, ProblemError, problemSchema, refusals } from './problems.ts';
import { deviceParams } from './requests.ts';
import { deviceView, viewDevice } from './views.ts';

const commandRefusals = { ...refusals, 403: problemSchema, 409: problemSchema, 504: problemSchema };
const accepted = z.strictObject({ ok: z.literal(true) });

export function addDeviceRoutes(server: ApiServer, context: ApiContext): void {
  addReading(server, context);
  addCommands(server, context);
}

function addReading(server: ApiServer, context: ApiContext): void {
  const { cloud, press } = context;
  const tags = ['devices'];

  server.get(
    '/v1/devices',
    {
      schema: {
        tags,
        summary: 'The doorbells you own',
        response: { 200: z.strictObject({ items: z.array(deviceView) }), 401: problemSchema },
      },
    },
    async (request) => {
      const devices = await cloud.devices.list(ownerOf(request).account);
      return { items: devices.map((device) => viewDevice(device, press !== null)) };
    },
  );

  server.get(
    '/v1/devices/:thing',
    {
      schema: {
        tags,
        summary: 'One doorbell: its state and the settings in force',
        params: deviceParams,
        response: { 200: deviceView, ...refusals },
      },
    },
    async (request) => {
      const device = await cloud.devices.find(ownerOf(request).account, request.params.thing);
      if (device === null) throw notFound('device');
      return viewDevice(device, press !== null);
    },
  );

  server.get(
    '/v1/devices/:thing/live',
    {
      schema: {
        tags,
        summary: 'What it sees now, as JPEG pictures',
        description: 'multipart/x-mixed-replace; each part has a Content-Length. Never stored.',
        params: deviceParams,
        response: {
          200: media('multipart/x-mixed-replace', 'pictures until the reader leaves'),
          ...refusals,
          429: problemSchema,
        },
      },
    },
    (request, reply) => sendLiveView(context, request, reply, request.params.thing),
  );
}

function addCommands(server: ApiServer, context: ApiContext): void {
  const { cloud, press } = context;
  const tags = ['devices'];
  const params = deviceParams;

  server.put(
    '/v1/devices/:thing/settings',
    {
      schema: {
        tags,
        summary: 'Ask for other settings',
        description: 'The doorbell checks them; what it accepts shows as its settings in force.',
        params,
        body: settingsMessageSchema,
        response: { 202: accepted, ...commandRefusals },
      },
    },
    async (request, reply) => {
      const { account } = ownerOf(request);
      const outcome = await cloud.devices.wantSettings(account, request.params.thing, request.body);
      throwUnlessDone(outcome);
      return reply.code(202).send({ ok: true });
    },
  );

  server.post(
    '/v1/devices/:thing/snapshot',
    {
      schema: {
        tags,
        summary: 'Ask for a picture now',
        params,
        response: { 202: accepted, ...commandRefusals },
      },
    },
    async (request, reply) => {
      const { account } = ownerOf(request);
      throwUnlessDone(await cloud.devices.snapshot(account, request.params.thing));
      return reply.code(202).send({ ok: true });
    },
  );

  server.post(
    '/v1/devices/:thing/press',
    {
      schema: {
        tags,
        summary: 'Press the button, where the doorbell runs on this host',
        params,
        response: { 202: accepted, ...commandRefusals, 501: problemSchema, 502: problemSchema },
      },
    },
    async (request, reply) => {
      const { thing } = request.params;
      const device = await cloud.devices.find(ownerOf(request).account, thing);
      if (device === null) throw notFound('device');
      if (press === null) throw new ProblemError(501, 'its button is out of reach from here');
      try {
        await press(thing);
      } catch (error) {
        request.log.warn({ err: error }, 'the button was not pressed');
        throw new ProblemError(502, 'the doorbell’s button does not answer');
      }
      return reply.code(202).send({ ok: true });
    },
  );
}

/** A command's outcome as an answer; null is a doorbell that is not this owner's. */
function throwUnlessDone(outcome: CommandOutcome | null): void {
  if (outcome === null) throw notFound('device');
  if (outcome.ok) return;
  const because = outcome.detail === undefined ? '' : `: ${outcome.detail}`;
  switch (outcome.because) {
    case 'offline':
      throw new ProblemError(409, 'the doorbell is offline');
    case 'unanswered':
      throw new ProblemError(504, 'the doorbell did not answer');
    case 'refused':
      throw new ProblemError(409, `the doorbell refused${because}`);
  }
}
