import { type Express, Router } from 'express';
import { VERSION } from '../shared/config/version';
import { type BaseAppOptions, createBaseApp } from '../shared/http/base-app';
import { asyncApiDocument, type AsyncApiDocument, type AsyncChannel } from '../shared/http/asyncapi-document';
import { type HealthChecks } from '../shared/http/health-checks';
import { HEALTH_TAG, healthOperations } from '../shared/http/health-operations';
import { type ApiDescription } from '../shared/http/openapi-document';
import { type Operation } from '../shared/http/operation';
import { type AccessChecks, operationRoutes } from '../shared/http/operation-routes';
import {
  CONTRACT_TAG,
  asyncContractOperation,
  contractOperation,
  indexOperation,
  metricsOperation,
} from '../shared/http/service-operations';
import { swaggerUi } from '../shared/http/swagger-ui';
import { type Logger } from '../shared/observability/logger';
import { type Metrics } from '../shared/observability/metrics';
import { type Module } from './platform';

const DESCRIPTION = {
  title: 'Order Service',
  version: VERSION,
  description:
    'Accepts orders and tracks them until a final status. An order answered with 2xx reaches a final status exactly once. ' +
    'Errors are RFC 9457 problems; `code` is the stable name of each. Times are RFC 3339 in upper case, in the years 1 to 9999 UTC, and ' +
    'kept to the millisecond. A JSON number that a double (IEEE 754 binary64) cannot hold exactly is refused.',
  tokenUrl: '/auth/token',
};

const MESSAGES_DESCRIPTION =
  'The events of orders, as clients receive them from WebSockets, streams of server-sent events and webhooks. Times and numbers are as in the ' +
  'OpenAPI document, `/openapi.json`.';

export interface ApiParts {
  /** Those that add operations. */
  modules: readonly Pick<Module, 'tags' | 'links' | 'operations' | 'channels'>[];
  extraOperations: readonly Operation[];
  /** The channels of messages beyond those of the modules. */
  extraChannels: readonly AsyncChannel[];
  health: HealthChecks;
  /** Shown by the health operations. */
  instanceId: string | undefined;
  logger: Logger;
  metrics: Metrics;
}

export interface OrderServiceApi extends ApiDescription {
  /** The contract of the messages to clients. */
  messages: () => AsyncApiDocument;
}

/** The API of the Order Service: the operations of its modules, and those that every service has. */
export function orderServiceApi({
  modules,
  extraOperations,
  extraChannels,
  health,
  instanceId,
  logger,
  metrics,
}: ApiParts): OrderServiceApi {
  const channels = [...modules.flatMap((module) => module.channels ?? []), ...extraChannels];
  const messages = () => asyncApiDocument({ ...DESCRIPTION, description: MESSAGES_DESCRIPTION, channels });
  const api: OrderServiceApi = {
    ...DESCRIPTION,
    messages,
    tags: [...modules.flatMap(({ tags }) => tags), HEALTH_TAG, CONTRACT_TAG],
    operations: [
      ...modules.flatMap(({ operations }) => operations),
      ...extraOperations,
      ...healthOperations('order-service', health, logger, instanceId),
      metricsOperation(metrics),
      contractOperation(() => api),
      asyncContractOperation(messages),
      indexOperation(
        DESCRIPTION,
        Object.assign({ messages: '/asyncapi.json' }, ...modules.map(({ links }) => links)),
      ),
    ],
  };
  return api;
}

/** The HTTP server application of the Order Service; every operation is also served under `/v1`. */
export function createOrderServiceApp(
  { operations, title }: ApiDescription,
  { appOptions, checks }: { appOptions: BaseAppOptions; checks: AccessChecks },
): Express {
  return createBaseApp(appOptions, (app) => {
    const api = Router();
    api.use(operationRoutes(operations, checks));
    app.use(swaggerUi(title));
    app.use('/v1', api);
    app.use(api);
  });
}
