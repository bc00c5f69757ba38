import { readdirSync, readFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { send } from '../../support/api-client';
import { eventually } from '../../support/eventually';
import { headersOf } from '../../support/mail-server';
import { writeLowStock } from '../../support/mail-scene';
import { openDatabase } from '../../support/open-database';
import { startServicePair } from '../../support/service-pair';

const SETTINGS = { low_stock: { enabled: true, recipients: ['ops@shop.example'] } };

describe('notifications without a mail server', () => {
  it('given no MAIL_URL, then notifications are kept as not sent, and cannot be retried', async () => {
    const { pair, notification } = await notifiedBy({}, 'not_sent');
    try {
      const shop = await pair.client();
      const retried = await shop.post(`/notifications/${notification.notification_id}/retry`);
      expect([retried.status, retried.body.code]).to.deep.equal([409, 'mail_not_configured']);
      const { body } = await send(`${pair.orderUrl}/health`, 'GET');
      expect(body.components).not.to.have.property('mail');
    } finally {
      await pair.stop();
    }
  });

  it('given the URL of a folder that does not exist, then it is made, and each mail is a file in it', async () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'mail-')), 'a folder', 'mail');
    const { pair, notification } = await notifiedBy({ MAIL_URL: pathToFileURL(folder).href }, 'sent');
    await pair.stop();
    expect(readdirSync(folder)).to.deep.equal([`${notification.notification_id}.eml`]);
    const headers = headersOf(readFileSync(join(folder, `${notification.notification_id}.eml`), 'utf8'));
    expect(headers).to.deep.include({
      from: ['no-reply@localhost'],
      to: ['ops@shop.example'],
      subject: ['Low stock: LAMP-1: 3 available, threshold 5'],
      'message-id': [`<${notification.notification_id}@localhost>`],
    });
  });
});

async function notifiedBy(variables: Record<string, string>, status: string) {
  const pair = await startServicePair({ variables });
  const shop = await pair.client();
  await shop.put('/notifications/settings', SETTINGS);
  const db = openDatabase(pair.environment['ORDER_DATABASE_URL']!);
  await writeLowStock(db, [{ owner: 'demo-client' }]);
  const notification = await eventually(async () => {
    const { body } = await shop.get('/notifications');
    expect(body.data[0]?.status).to.equal(status);
    return body.data[0] as { notification_id: string };
  });
  await db.stop();
  return { pair, notification };
}
