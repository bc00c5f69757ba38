import { type OpenApiDocument } from '../../../src/shared/http/openapi-document';
import { type ServiceName } from '../contracts';

/** The parts of an operation that the collection uses. */
export interface ContractOperation {
  readonly service: ServiceName;
  /** The `operationId`. */
  readonly id: string;
  readonly method: string;
  /** With parameters in braces. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  /** Whether it needs no token. */
  readonly isPublic: boolean;
  /** The first media type of the request body; null without a body. */
  readonly mediaType: string | null;
  readonly bodyExample: unknown;
  /** The documented statuses of the response. */
  readonly statuses: readonly number[];
}

interface OperationObject {
  operationId: string;
  summary: string;
  description: string;
  security: unknown[];
  responses: Record<string, unknown>;
  requestBody?: { content: Record<string, { example?: unknown }> };
}

/** The operations of both contracts. */
export function contractOperations(
  documents: Readonly<Record<ServiceName, OpenApiDocument>>,
): ContractOperation[] {
  const services = Object.entries(documents) as [ServiceName, OpenApiDocument][];
  return services.flatMap(([service, { paths }]) =>
    Object.entries(paths ?? {}).flatMap(([path, item]) =>
      Object.entries(item as Record<string, OperationObject>).map(([method, operation]) =>
        toOperation(service, path, method, operation),
      ),
    ),
  );
}

function toOperation(
  service: ServiceName,
  path: string,
  method: string,
  { operationId, summary, description, security, responses, requestBody }: OperationObject,
): ContractOperation {
  const [mediaType = null] = Object.keys(requestBody?.content ?? {});
  return {
    service,
    id: operationId,
    method,
    path,
    summary,
    description,
    isPublic: security.length === 0,
    mediaType,
    bodyExample: mediaType === null ? undefined : requestBody?.content[mediaType]?.example,
    statuses: Object.keys(responses).map(Number),
  };
}
