import { VERSION } from '../../shared/config/version';
import { CONTRACT_TAG } from '../../shared/http/contract-operations';
import { HEALTH_TAG } from '../../shared/http/health-operations';
import { type ApiDescription } from '../../shared/http/openapi-document';
import { RECONCILIATION_TAG } from './reconciliation-operations';
import { SHIPMENTS_TAG } from './shipment-operations';

/** What the contract of the Delivery Service says about itself. */
export const DELIVERY_SERVICE_API: Omit<ApiDescription, 'operations' | 'tokenUrl'> = {
  title: 'Delivery Service',
  version: VERSION,
  description:
    'Keeps the shipments of orders and drives them through a carrier. Tokens come from the Order Service. ' +
    'Errors are RFC 9457 problems; `code` is the stable name of each. Times are RFC 3339 in upper case, in the years 1 to 9999 UTC, and ' +
    'kept to the millisecond. A JSON number that a double (IEEE 754 binary64) cannot hold exactly is refused.',
  tags: [
    { name: SHIPMENTS_TAG, description: "Shipments of the calling client's orders; operators see all." },
    { name: RECONCILIATION_TAG, description: 'Comparing shipments with orders, by the Order Service.' },
    HEALTH_TAG,
    CONTRACT_TAG,
  ],
};
