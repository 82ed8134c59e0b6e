/** The owner's HTTP API: opens it on an address, and closes it in good order. */
import assert from 'node:assert/strict';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fastify, { type FastifyBaseLogger, LogController } from 'fastify';
import {
  jsonSchemaTransform,
  jsonSchemaTransformObject,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import type { Registry } from 'prom-client';
import type { ThingName } from '../../device/wire/ids.ts';
import type { Clock, Entropy } from '../ports.ts';
import { addAccountRoutes } from './account-routes.ts';
import type { ApiContext, ApiServer } from './api-context.ts';
import { accountOf, admit, type Doorkeeping } from './authentication.ts';
import { addClipRoutes } from './clip-routes.ts';
import { addClockRoutes, type MovableClock } from './clock-routes.ts';
import { addDeviceRoutes } from './device-routes.ts';
import { addEnrolmentRoute, type Enrolment } from './enrolment-routes.ts';
import { addEventRoutes } from './event-routes.ts';
import { apiLimits } from './limits.ts';
import { apiMetrics } from './metrics.ts';
import type { OfficeCloud } from './office-cloud.ts';
import { addOfficeRoutes } from './office-routes.ts';
import { OpenStreams } from './open-streams.ts';
import { addOperationsRoutes } from './operations-routes.ts';
import type { OwnerCloud } from './owner-cloud.ts';
import { addPageRoutes, type Pages } from './page-routes.ts';
import { answerError, pathOf, sendProblem } from './problems.ts';
import { RefusalLog } from './refusal-log.ts';
import { isCounted, ruleOf } from './route-table.ts';
import { hostsAnswered, refuseForeignHost, setSecurityHeaders } from './security-headers.ts';
import { addSessionRoutes } from './session-routes.ts';
import { type SessionStore, Sessions } from './sessions.ts';

export type ApiOptions = {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: FastifyBaseLogger;
  readonly version: string;
  /** Loopback unless told otherwise. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How the page is reached from outside, where something stands in front; `https:` makes cookies Secure. */
  readonly publicUrl?: URL;
  /** The owner's page; without it only the API is served. */
  readonly pages?: Pages;
  /** Presses a doorbell's button, where the doorbell runs on this host. */
  readonly press?: (thing: ThingName) => Promise<void>;
  /** The records office: agencies, the legal desk and its people; without it there are owners only. */
  readonly office?: OfficeCloud;
  /** What an operator shows; without it nobody is one. */
  readonly operatorToken?: string;
  /** The cloud's own clock where it is virtual; sessions and streams keep to `clock`. */
  readonly virtualClock?: MovableClock;
  /** Where the page's sessions outlast a restart; without one they end with the process. */
  readonly sessionStore?: SessionStore;
  /** Gives doorbells their certificates, where this host does. */
  readonly enrolment?: Enrolment;
  /** What other parts of the cloud measure, to be served with the API's own figures. */
  readonly registry?: Registry;
};

export type OpenApi = {
  /** `http://host:port`, without a slash at the end. */
  readonly url: string;
  /** Ends streams, lets requests finish, cuts what is left after a grace. */
  close(): Promise<void>;
};

/** Throws when the address cannot be had. */
export async function openApi(cloud: OwnerCloud, options: ApiOptions): Promise<OpenApi> {
  const { server, streams } = await apiServer(cloud, options);
  const host = options.host ?? '127.0.0.1';
  await server.listen({ host, port: options.port });
  const address = server.server.address();
  assert(address !== null && typeof address === 'object', 'it listens on a TCP port');
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${address.port}`,
    close: async () => {
      streams.endAll();
      const cut = options.clock.setTimer('api-drain', apiLimits.drainMs, () =>
        server.server.closeAllConnections(),
      );
      await server.close();
      cut.cancel();
    },
  };
}

/** The server before it listens, for tests that inject requests. */
export async function apiServer(
  cloud: OwnerCloud,
  options: ApiOptions,
): Promise<{ readonly server: ApiServer; readonly streams: OpenStreams }> {
  const { clock, entropy } = options;
  const server: ApiServer = fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: apiLimits.bodyBytesMax,
    requestTimeout: apiLimits.requestMs,
    keepAliveTimeout: apiLimits.keepAliveMs,
    connectionTimeout: apiLimits.stalledMs,
    forceCloseConnections: 'idle',
    // An automatic HEAD would run its GET and throw the footage away.
    exposeHeadRoutes: false,
    http: { maxHeaderSize: apiLimits.headerBytesMax },
    genReqId: () => Buffer.from(entropy.bytes(9)).toString('base64url'),
  }).withTypeProvider<ZodTypeProvider>();
  server.server.maxConnections = apiLimits.connectionsMax;
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  server.setErrorHandler(answerError);
  server.setNotFoundHandler((request, reply) =>
    sendProblem(reply, { status: 404, detail: 'no such route', instance: pathOf(request) }),
  );
  const principals = options.office?.principals ?? null;
  const streams = new OpenStreams(clock, {
    authenticate: (token) => accountOf({ accounts: cloud.accounts, principals }, token),
  });
  const context: ApiContext = {
    cloud,
    clock,
    sessions: await Sessions.open(clock, entropy, options.sessionStore),
    streams,
    metrics: apiMetrics(streams, options.registry),
    press: options.press ?? null,
    secureCookies: options.publicUrl?.protocol === 'https:',
    version: options.version,
  };
  addHooks(server, context, options);
  await addDocs(server, options.version);
  addOperationsRoutes(server, context);
  if (options.virtualClock !== undefined) addClockRoutes(server, options.virtualClock);
  addSessionRoutes(server, context);
  addDeviceRoutes(server, context);
  if (options.enrolment !== undefined) addEnrolmentRoute(server, options.enrolment);
  addAccountRoutes(server, context);
  addClipRoutes(server, context);
  addEventRoutes(server, context);
  if (options.office !== undefined) addOfficeRoutes(server, options.office);
  if (options.pages !== undefined) addPageRoutes(server, options.pages);
  return { server, streams };
}

/** What every request passes, in order: its Host, its role, and on the way out headers, figures and the log. */
function addHooks(server: ApiServer, context: ApiContext, options: ApiOptions): void {
  const { cloud, sessions, metrics } = context;
  const hosts = hostsAnswered(options.host ?? '127.0.0.1', options.publicUrl);
  const refusalLog = new RefusalLog(() => options.clock.now());
  const keeping: Doorkeeping = {
    accounts: cloud.accounts,
    principals: options.office?.principals ?? null,
    sessions,
    operatorToken: options.operatorToken ?? null,
  };
  server.decorateRequest('owner', null);
  server.decorateRequest('principal', null);
  server.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      const rule = ruleOf(method, route.url);
      // [SEC-1] What the table does not name cannot be reached.
      assert(rule !== null, `${method} ${route.url} is not in the route table`);
      route.config = { ...route.config, rule };
    }
  });
  server.addHook('onRequest', async (request, reply) => {
    setSecurityHeaders(request, reply);
    refuseForeignHost(request, hosts);
    const { rule } = request.routeOptions.config;
    if (rule !== undefined) await admit(keeping, request, rule);
  });
  server.addHook('onResponse', async (request, reply) => {
    const { statusCode, elapsedTime } = reply;
    const route = request.routeOptions.url ?? 'none';
    if (isCounted(request.routeOptions.config.rule)) {
      metrics.answered(request.method, route, statusCode, elapsedTime);
    }
    const facts = { method: request.method, route, status: statusCode, elapsedMs: elapsedTime };
    if (statusCode < 400) request.log.debug(facts, 'request answered');
    else
      refusalLog.note((suppressed) =>
        request.log.info({ ...facts, suppressed }, 'request refused'),
      );
  });
}

async function addDocs(server: ApiServer, version: string): Promise<void> {
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'doorbell cloud stub',
        version,
        description: "The owner's side: doorbells, clips, events. Errors are RFC 9457 problems.",
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: { type: 'apiKey', in: 'cookie', name: 'doorbell-session' },
        },
      },
    },
    transform: (input) => {
      const transformed = jsonSchemaTransform(input);
      const isPublic = ruleOf([input.route.method].flat()[0] ?? '', input.url)?.who === 'anyone';
      const security = isPublic ? [] : [{ bearer: [] }, { session: [] }];
      return { ...transformed, schema: { ...transformed.schema, security } };
    },
    transformObject: jsonSchemaTransformObject,
  });
  await server.register(swaggerUi, { routePrefix: '/docs', logLevel: 'warn' });
}
