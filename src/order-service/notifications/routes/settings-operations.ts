import { PRECONDITION_FAILED } from '../../../shared/contracts/problem';
import {
  etagOf,
  expectedVersions,
  ifMatchHeader,
  ifNoneMatchHeader,
  isNotModified,
  sendVersioned,
} from '../../../shared/http/conditional-requests';
import { jsonResponse, operation, type Operation } from '../../../shared/http/operation';
import { type Database } from '../../../shared/postgres/queryable';
import { changeSettings, getSettings } from '../use-cases/manage-settings';
import { OF_NOTIFICATIONS } from './notification-resource';
import { EXAMPLE_SETTINGS, settingsBody, settingsResource, toSettingsResource } from './settings-resource';

const ETAG_HEADER = { ETag: 'the version of the settings, quoted' };

/** The operations on the notification settings of the calling client. */
export function settingsOperations({ db }: { db: Database }): Operation[] {
  return [getOperation(db), changeOperation(db)];
}

function getOperation(db: Database): Operation {
  return operation({
    ...OF_NOTIFICATIONS,
    id: 'getNotificationSettings',
    method: 'get',
    path: '/notifications/settings',
    summary: 'Read the notification settings',
    description: 'Those of the calling client. A client that has changed nothing gets no notifications.',
    headers: ifNoneMatchHeader,
    responses: {
      200: jsonResponse('the settings', settingsResource, EXAMPLE_SETTINGS, ETAG_HEADER),
      304: { description: 'the caller already has this version', headers: ETAG_HEADER },
    },
    async handle({ owner, request, response }) {
      const settings = await getSettings(db, owner);
      if (isNotModified(request, settings.version))
        response.status(304).set('ETag', etagOf(settings.version)).end();
      else sendVersioned(response, 200, settings.version, toSettingsResource(settings));
    },
  });
}

function changeOperation(db: Database): Operation {
  return operation({
    ...OF_NOTIFICATIONS,
    id: 'changeNotificationSettings',
    method: 'put',
    path: '/notifications/settings',
    summary: 'Replace the notification settings',
    description:
      'Those of the calling client. They hold for events from now on. When `low_stock` is enabled, each recipient gets one mail each time that ' +
      'the available stock of a product falls to its `low_stock_threshold` or below it.',
    headers: ifMatchHeader,
    body: settingsBody,
    bodyExample: { low_stock: EXAMPLE_SETTINGS.low_stock },
    responses: { 200: jsonResponse('the settings', settingsResource, EXAMPLE_SETTINGS, ETAG_HEADER) },
    problems: [PRECONDITION_FAILED],
    async handle({ owner, body: { low_stock: lowStock }, request, response }) {
      const change = { isEnabled: lowStock.enabled, recipients: lowStock.recipients };
      const settings = await changeSettings(db, owner, change, expectedVersions(request));
      sendVersioned(response, 200, settings.version, toSettingsResource(settings));
    },
  });
}
