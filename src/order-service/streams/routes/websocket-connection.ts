import { AsyncResource } from 'node:async_hooks';
import { type RawData, WebSocket } from 'ws';
import { MALFORMED_JSON, UNAVAILABLE } from '../../../shared/contracts/problem';
import {
  clientMessage,
  END_CLOSE_CODES,
  type EndReason,
  type ServerMessage,
  subscriptionId,
  type SubscribeMessage,
} from '../../../shared/contracts/websocket-messages';
import { AppError } from '../../../shared/errors';
import { type FeedGone } from '../../../shared/event-log/event-feed';
import { encodeFeedCursor } from '../../../shared/event-log/feed-cursor';
import { problemOf } from '../../../shared/http/error-handler';
import { parseInput } from '../../../shared/http/validate';
import { type Logger } from '../../../shared/observability/logger';
import { type FedEvent } from '../../orders/use-cases/read-public-events';
import {
  SUBSCRIPTION_EXISTS,
  SUBSCRIPTION_NOT_FOUND,
  TOO_MANY_SUBSCRIPTIONS,
} from '../domain/problem-types';
import {
  isStalledTooLong,
  type Liveness,
  livenessStep,
  type MessageAllowance,
  type MessageRate,
  type ReaderLimits,
  type StalledSince,
  stalledAfter,
  takeMessage,
} from '../domain/websocket-limits';
import { type Subscription, type SubscriptionEnd } from '../workers/subscriber';

export interface WebSocketLimits extends ReaderLimits, MessageRate {
  maxSubscriptions: number;
  pingIntervalMs: number;
}
