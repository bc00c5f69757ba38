/** The error names of the JSON protocol with their codes in the older query protocol, which SQS sends too. */
const QUERY_CODES = {
  BatchEntryIdsNotDistinct: 'AWS.SimpleQueueService.BatchEntryIdsNotDistinct',
  BatchRequestTooLong: 'AWS.SimpleQueueService.BatchRequestTooLong',
  EmptyBatchRequest: 'AWS.SimpleQueueService.EmptyBatchRequest',
  InternalFailure: 'InternalFailure',
  InvalidAttributeName: 'InvalidAttributeName',
  InvalidAttributeValue: 'InvalidAttributeValue',
  InvalidBatchEntryId: 'AWS.SimpleQueueService.InvalidBatchEntryId',
  InvalidMessageContents: 'InvalidMessageContents',
  InvalidParameterValue: 'InvalidParameterValue',
  MissingParameter: 'MissingParameter',
  OverLimit: 'OverLimit',
  PurgeQueueInProgress: 'AWS.SimpleQueueService.PurgeQueueInProgress',
  QueueDoesNotExist: 'AWS.SimpleQueueService.NonExistentQueue',
  QueueNameExists: 'QueueAlreadyExists',
  ReceiptHandleIsInvalid: 'ReceiptHandleIsInvalid',
  ThrottlingException: 'ThrottlingException',
  TooManyEntriesInBatchRequest: 'AWS.SimpleQueueService.TooManyEntriesInBatchRequest',
  UnknownOperationException: 'UnknownOperationException',
  UnsupportedOperation: 'AWS.SimpleQueueService.UnsupportedOperation',
} as const;

export type SqsErrorName = keyof typeof QUERY_CODES;

/** An error of SQS. */
export class SqsError extends Error {
  override readonly name: SqsErrorName;
  readonly queryCode: string;
  readonly status: number;

  constructor(name: SqsErrorName, message: string) {
    super(message);
    this.name = name;
    this.queryCode = QUERY_CODES[name];
    this.status = name === 'InternalFailure' ? 500 : 400;
  }

  /** Whether it is a client error. */
  get senderFault(): boolean {
    return this.status < 500;
  }
}

/** The action was executed, but the connection is closed instead of answering. */
export class LostReply extends Error {
  readonly code = 'ECONNRESET';
}
