import { z } from 'zod';
import { pageParameters } from '../../../shared/contracts/lists';
import { INVALID_CURSOR, TOO_MANY_READS } from '../../../shared/contracts/problem';
import { uuid } from '../../../shared/contracts/text';
import { untilClientDisconnects } from '../../../shared/http/client-disconnect';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type ReadPool } from '../../../shared/postgres/read-pool';
import { MAIL_STATUSES } from '../domain/mail';
import {
  MAIL_NOT_CONFIGURED,
  NOTIFICATION_NOT_FAILED,
  NOTIFICATION_NOT_FOUND,
} from '../domain/problem-types';
import { listMails } from '../use-cases/list-mails';
import { retryMail, type RetryMailDependencies } from '../use-cases/retry-mail';
import {
  EXAMPLE_NOTIFICATION,
  notificationList,
  notificationResource,
  OF_NOTIFICATIONS,
  toNotificationResource,
} from './notification-resource';

export interface NotificationOperationsDependencies extends RetryMailDependencies {
  reads: ReadPool;
}

/** The operations on notifications that were written. */
export function notificationOperations(deps: NotificationOperationsDependencies): Operation[] {
  return [listOperation(deps), retryOperation(deps)];
}

function listOperation({ reads }: NotificationOperationsDependencies): Operation {
  return operation({
    ...OF_NOTIFICATIONS,
    id: 'listNotifications',
    method: 'get',
    path: '/notifications',
    summary: 'List notifications',
    description:
      'Those of the calling client, newest first, one for each event and recipient; operators see all. They are kept for ' +
      'NOTIFICATION_RETENTION_DAYS.',
    query: z.strictObject({ status: z.enum(MAIL_STATUSES).optional(), ...pageParameters }),
    responses: {
      200: jsonResponse('a page of notifications', notificationList, {
        data: [EXAMPLE_NOTIFICATION],
        next_cursor: null,
      }),
    },
    problems: [INVALID_CURSOR, TOO_MANY_READS],
    async handle({ query, page, caller, visibleOwner, response }) {
      await untilClientDisconnects(response, async (signal) => {
        const request = { visibleOwner, filter: { status: query.status }, page };
        const { rows, nextCursor } = await listMails(reads, request, { clientId: caller.clientId, signal });
        response.json({ data: rows.map(toNotificationResource), next_cursor: nextCursor });
      });
    },
  });
}

function retryOperation(deps: NotificationOperationsDependencies): Operation {
  return operation({
    ...OF_NOTIFICATIONS,
    id: 'retryNotification',
    method: 'post',
    path: '/notifications/{notification_id}/retry',
    summary: 'Retry a notification',
    description:
      'Sends a notification that has failed, or was not sent, at once and under the same Message-ID; its schedule of attempts begins anew.',
    params: z.object({ notification_id: uuid }),
    notFound: NOTIFICATION_NOT_FOUND,
    responses: {
      202: jsonResponse('the notification, which is pending', notificationResource, {
        ...EXAMPLE_NOTIFICATION,
        status: 'pending',
        next_attempt_at: '2026-11-21T04:20:00.000Z',
        sent_at: null,
        last_error: 'the mail server answered: 550 5.1.1 no such user',
      }),
    },
    problems: [NOTIFICATION_NOT_FAILED, MAIL_NOT_CONFIGURED],
    async handle({ params, visibleOwner, response }) {
      const mail = await retryMail(deps, params.notification_id, visibleOwner);
      response.status(202).json(toNotificationResource(mail));
    },
  });
}
