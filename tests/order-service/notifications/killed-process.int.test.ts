import { expect } from 'chai';
import { type ServiceDatabase } from '../../../src/shared/postgres/database';
import { changeSettings } from '../../../src/order-service/notifications/use-cases/manage-settings';
import { testEnvironment } from '../../support/environment';
import { eventually } from '../../support/eventually';
import { type MailServer, startMailServer } from '../../support/mail-server';
import { writeLowStock } from '../../support/mail-scene';
import { openDatabase } from '../../support/open-database';
import { rowsOf } from '../../support/rows';
import { serviceProcess, type ServiceProcess } from '../../support/service-process';

describe('a process that is killed after the mail server accepted a mail', function () {
  this.timeout(150_000);
  let environment: Record<string, string>;
  let server: MailServer;
  let db: ServiceDatabase;
  let service: ServiceProcess;
  before(async () => {
    server = await startMailServer();
    environment = await testEnvironment({ MAIL_URL: server.url, MAIL_FROM: 'orders@system.example' });
    db = openDatabase(environment['ORDER_DATABASE_URL']!);
    service = await serviceProcess('order-service', environment);
  });
  after(async () => {
    await service.kill('SIGKILL');
    await server.stop();
    await db.stop();
  });

  it('given its successor, then the mail is sent again under the same Message-ID, and is sent', async () => {
    const url = environment['ORDER_DATABASE_URL']!;
    await service.start({ CRASH_POINT: 'notifications.before-settling' });
    await changeSettings(db, 'demo-client', { isEnabled: true, recipients: ['ops@shop.example'] }, null);
    await writeLowStock(db, [{ owner: 'demo-client' }]);
    expect(await service.ended()).to.equal('SIGKILL');
    expect(server.received).to.have.length(1);
    expect(await rowsOf(url, 'SELECT status, attempt FROM mails')).to.deep.equal([
      { status: 'pending', attempt: 1 },
    ]);
    await rowsOf(url, 'UPDATE mails SET due_at = now()');
    await service.start();
    await eventually(async () =>
      expect(await rowsOf(url, 'SELECT status, attempt FROM mails')).to.deep.equal([
        { status: 'sent', attempt: 2 },
      ]),
    );
    const ids = server.received.map(({ headers }) => headers['message-id']);
    expect(ids).to.have.length(2);
    expect(ids[1]).to.deep.equal(ids[0]);
  });
});
