import { type Request, type Response } from 'express';
import { WebSocketServer, type ServerOptions, type WebSocket } from 'ws';
import { type AccessTokenClaims } from '../../../shared/auth/access-token';
import { UNAVAILABLE } from '../../../shared/contracts/problem';
import {
  MAX_CLIENT_MESSAGE_BYTES,
  ORDERS_SUBPROTOCOL,
  WEBSOCKET_PATH,
} from '../../../shared/contracts/websocket-messages';
import { AppError } from '../../../shared/errors';
import { operation, type Operation } from '../../../shared/http/operation';
import { takeConnection } from '../../../shared/http/upgrade';
import { type Logger } from '../../../shared/observability/logger';
import { type Component } from '../../../shared/runtime/lifecycle';
import { TOO_MANY_STREAMS } from '../domain/problem-types';
import { type OpenStreams } from '../workers/open-streams';
import { WebSocketConnection, type WebSocketLimits } from './websocket-connection';
import { HANDSHAKE_PROBLEMS, handshakeHeaders, prepareHandshake, requireHandshake } from './websocket-handshake';
import { type StartSubscription } from './websocket-subscriptions';

export interface WebSocketsOptions {
  /** The origins whose pages may connect. */
  origins: readonly string[];
  openStreams: OpenStreams;
  startSubscription: StartSubscription;
  limits: WebSocketLimits;
  logger: Logger;
  retryMs: () => number;
}

export interface WebSockets extends Component {
  operation: Operation;
}
