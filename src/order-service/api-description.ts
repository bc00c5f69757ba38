import { VERSION } from '../shared/config/version';
import { CONTRACT_TAG } from '../shared/http/contract-operations';
import { HEALTH_TAG } from '../shared/http/health-operations';
import { type ApiDescription } from '../shared/http/openapi-document';
import { CLIENTS_TAG } from './identity/routes/client-operations';
import { OAUTH_TAG } from './identity/routes/key-operations';
import { ORDERS_TAG } from './orders/routes/order-schemas';
import { QUEUES_TAG } from './queues/routes/queue-operations';
import { RECONCILIATION_TAG } from './fulfilment/routes/reconciliation-operations';

/** What the contract of the Order Service says about itself. */
export const ORDER_SERVICE_API: Omit<ApiDescription, 'operations'> = {
  title: 'Order Service',
  version: VERSION,
  description:
    'Takes orders and follows them to their end. An order answered with 2xx reaches the end of its life exactly once. ' +
    'Errors are RFC 9457 problems; `code` is the stable name of each. Times are RFC 3339 in upper case, in the years 1 to 9999 UTC, and ' +
    'kept to the millisecond. A JSON number that a double (IEEE 754 binary64) cannot hold exactly is refused.',
  tokenUrl: '/auth/token',
  tags: [
    {
      name: OAUTH_TAG,
      description: 'Access tokens by client credentials (RFC 6749 §4.4), and what belongs to them.',
    },
    { name: ORDERS_TAG, description: 'Orders of the calling client; operators see all.' },
    { name: CLIENTS_TAG, description: 'Who may fetch tokens, and for what.' },
    { name: QUEUES_TAG, description: 'The queues between the services, and their dead letters.' },
    { name: RECONCILIATION_TAG, description: 'Orders that do not fit their shipments.' },
    HEALTH_TAG,
    CONTRACT_TAG,
  ],
};
